"""One attempt at one job: typed payload in, typed result or a reason out. Touches no database."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass

from billiard.exceptions import SoftTimeLimitExceeded
from pydantic import ValidationError

from jobs import retry, types
from jobs.context import JobContext
from jobs.errors import CeleriacError, DeadlineExceeded, DoNotRetry, JobCancelled, UnknownJobType
from jobs.lifecycle import Started
from jobs.states import JobState

TRACEBACK_MAX = 20_000
"""Characters kept of a traceback: its end, which says most."""
MESSAGE_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended; `result` and `error` are JSON text, `delay` is in seconds."""

    state: JobState
    result: str | None = None
    error: str | None = None
    delay: float = 0.0


def run(job: Started, context: JobContext, *, result_max_bytes: int) -> Ending:
    """Runs the handler. Whatever it raises becomes an ending; only a dying process does not."""
    try:
        job_type = types.get(job.type)
        payload = _load(job_type, job.payload)
        context.check()
        value = job_type.handler(context, payload)
        return Ending(JobState.COMPLETED, result=_dump(job_type, value, result_max_bytes))
    except JobCancelled as error:
        return Ending(JobState.CANCELLED, error=error_text(error.code, str(error)))
    except (SoftTimeLimitExceeded, DeadlineExceeded):
        timeout = DeadlineExceeded(timeout=job.timeout or 0)
        return failed(job, timeout.code, str(timeout))
    except (UnknownJobType, DoNotRetry) as error:
        return failed(job, error.code, str(error), permanent=True)
    except CeleriacError as error:
        return failed(job, error.code, str(error), _trace(error))
    except BaseException as error:  # SystemExit and the like end a job, not its process
        return failed(job, "exception", _describe(error), _trace(error))


def failed(
    job: Started, code: str, message: str, trace: str | None = None, *, permanent: bool = False
) -> Ending:
    """The ending of a failed attempt: another one after a delay, or failure for good."""
    error = error_text(code, message, trace)
    again = retry.decide(code, job.attempt, job.max_attempts, permanent=permanent)
    if again is None:
        return Ending(JobState.FAILED, error=error)
    return Ending(JobState.SCHEDULED, error=error, delay=again.delay)


def error_text(code: str, message: str, trace: str | None = None) -> str:
    """An error as the API shows it, as JSON text that Postgres takes."""
    error = {"code": code, "message": _storable(message[:MESSAGE_MAX])}
    if trace:
        error["traceback"] = _storable(trace[-TRACEBACK_MAX:])
    return json.dumps(error)


def _load(job_type: types.JobType, text: str) -> object:
    try:
        return job_type.load_payload(text)
    except ValidationError as error:
        reason = f"The payload does not fit the type {job_type.name!r}: {_first_errors(error)}"
        raise DoNotRetry(reason, code="invalid_payload") from None


def _dump(job_type: types.JobType, value: object, max_bytes: int) -> str:
    try:
        text = job_type.dump_result(value)
    except (ValidationError, ValueError) as error:
        why = _first_errors(error) if isinstance(error, ValidationError) else str(error)
        reason = f"The handler of {job_type.name!r} returned what does not fit its result: {why}"
        raise DoNotRetry(reason, code="invalid_result") from None
    if (size := len(text.encode())) > max_bytes:
        reason = f"The result has {size:,} bytes; at most {max_bytes:,} are kept."
        raise DoNotRetry(reason, code="invalid_result")
    if "\\u0000" in text and _has_nul(json.loads(text)):
        reason = "The result holds a NUL character, which Postgres can't store."
        raise DoNotRetry(reason, code="invalid_result")
    return text


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(map(_has_nul, value))


def _first_errors(error: ValidationError) -> str:
    lines = [
        f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['msg']}"
        for item in error.errors(include_url=False, include_context=False)[:5]
    ]
    return "; ".join(lines)


def _describe(error: BaseException) -> str:
    name = type(error).__name__
    try:
        return f"{name}: {error}"
    except Exception:  # a handler's own exception class may fail to describe itself
        return name


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _storable(text: str) -> str:
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
