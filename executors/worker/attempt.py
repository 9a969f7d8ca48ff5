"""One attempt at one job: typed payload in, typed result or a reason out. Touches no database."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass

from billiard.exceptions import SoftTimeLimitExceeded
from pydantic import ValidationError

from executors.worker.interrupts import interruptible
from jobs import jsontext, results, retry, types
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

    def work() -> str:
        job_type, payload = load(job)
        context.check()
        value = job_type.handler(context, payload)
        whose = f"The handler of {job_type.name!r}"
        return results.dump(job_type.result, value, whose, result_max_bytes)

    return ending_of(job, work)


def load(job: Started) -> tuple[types.JobType, object]:
    """The job's type and typed payload; raises `UnknownJobType` or `DoNotRetry`."""
    job_type = types.get(job.type)
    try:
        return job_type, job_type.load_payload(job.payload)
    except ValidationError as error:
        errors = results.first_errors(error)
        reason = f"The payload does not fit the type {job_type.name!r}: {errors}"
        raise DoNotRetry(reason, code="invalid_payload") from None


def ending_of(job: Started, work: Callable[[], str | None]) -> Ending:
    """Does the `work` of an attempt, which gives a result as JSON text; never raises."""
    try:
        with interruptible():
            return Ending(JobState.COMPLETED, result=work())
    except JobCancelled as error:
        return Ending(JobState.CANCELLED, error=error_text(error.code, str(error)))
    except (SoftTimeLimitExceeded, DeadlineExceeded):
        timeout = DeadlineExceeded(timeout=job.timeout or 0)
        return failed(job, timeout.code, str(timeout))
    except (UnknownJobType, DoNotRetry) as error:
        return failed(job, error.code, str(error), permanent=True)
    except CeleriacError as error:
        return failed(job, error.code, str(error), _trace(error), names=_names(error))
    except BaseException as error:  # SystemExit and the like end a job, not its process
        return failed(job, "exception", _describe(error), _trace(error), names=_names(error))


def failed(
    job: Started,
    code: str,
    message: str,
    trace: str | None = None,
    *,
    names: Collection[str] = (),
    permanent: bool = False,
) -> Ending:
    """The ending of a failed attempt: another one after a delay, or failure for good.

    `names` are those of the exception and its bases, for the job's retry policy.
    """
    error = error_text(code, message, trace)
    again = retry.decide(
        code,
        job.attempt,
        job.max_attempts,
        seed=job.execution_id,
        policy=retry.read(job.retry),
        names=names,
        permanent=permanent,
    )
    if again is None:
        return Ending(JobState.FAILED, error=error)
    return Ending(JobState.SCHEDULED, error=error, delay=again.delay)


def error_text(code: str, message: str, trace: str | None = None) -> str:
    """An error as the API shows it, as JSON text that Postgres takes."""
    error = {"code": code, "message": jsontext.storable(message[:MESSAGE_MAX])}
    if trace:
        error["traceback"] = jsontext.storable(trace[-TRACEBACK_MAX:])
    return json.dumps(error)


def _describe(error: BaseException) -> str:
    name = type(error).__name__
    try:
        return f"{name}: {error}"
    except Exception:  # a handler's own exception class may fail to describe itself
        return name


def _names(error: BaseException) -> list[str]:
    return [kind.__name__ for kind in type(error).__mro__]


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
