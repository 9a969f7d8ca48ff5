"""Requests for jobs, checked: from parsed JSON to `NewJob`, or all that is wrong at once.

Written for bulk: ten thousand jobs take some hundred milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.conf import settings
from pydantic import BaseModel, ValidationError

from jobs import jsontext, types
from jobs.errors import UnknownJobType
from jobs.invalid import ErrorList
from jobs.job_types.external import EXTERNAL
from jobs.requests import BulkEnvelope, JobRequest
from jobs.submission import NewJob

M = TypeVar("M", bound=BaseModel)


def read(model: type[M], value: object) -> M:
    """`value`, from parsed JSON, as a `model`; raises `InvalidRequest`."""
    errors = ErrorList()
    found = validate(model, value, (), errors)
    errors.check()
    assert found is not None
    return found


def read_job(value: object, submitted_by: str) -> NewJob:
    """The job that a parsed body asks for; raises `InvalidRequest` with all that is wrong."""
    errors = ErrorList()
    job = _read(value, (), submitted_by, errors)
    errors.check()
    assert job is not None
    return job


def read_jobs(value: object, submitted_by: str) -> list[NewJob]:
    """The jobs that a parsed bulk body asks for; raises `InvalidRequest`, by index."""
    errors = ErrorList()
    items = read(BulkEnvelope, value).jobs
    jobs = [_read(item, ("jobs", i), submitted_by, errors) for i, item in enumerate(items)]
    errors.check()
    return [job for job in jobs if job is not None]


def _read(
    value: object, path: Sequence[str | int], submitted_by: str, errors: ErrorList
) -> NewJob | None:
    request = validate(JobRequest, value, path, errors)
    payload = payload_text(value, (*path, "payload"), errors)
    if request:
        _check_reachable(request, path, errors)
    if request is None or payload is None:
        return None
    kind = types.get(request.type)
    return NewJob(
        type=kind.name,
        payload=payload,
        name=request.name or kind.name,
        priority=request.priority,
        thread_demand=request.thread_demand,
        run_at=request.run_at,
        max_attempts=request.attempts or kind.max_attempts,
        timeout=request.timeout or kind.timeout,
        unique_key=request.unique_key,
        submitted_by=submitted_by,
        chunks=request.chunks,
        placement=request.placement,
        on_shortage=request.on_shortage,
        requires=request.requires,
        retry=request.retry.model_dump_json() if request.retry else None,
        load_balance_strategy=request.load_balance_strategy or kind.load_balance_strategy,
        routing_key=request.routing_key,
    )


def validate(
    model: type[M], value: object, path: Sequence[str | int], errors: ErrorList
) -> M | None:
    """`value` as a `model`, or None, and what is wrong with it in `errors`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors.add_all(path, error)
        return None


def payload_text(value: object, path: Sequence[str | int], errors: ErrorList) -> str | None:
    """The payload's JSON text if it fits its type; checked even where other fields are wrong."""
    try:
        kind = types.get(value["type"])  # type: ignore[index]
        payload = value["payload"]  # type: ignore[index]
    except (UnknownJobType, LookupError, TypeError):
        return None  # JobRequest has said so already
    text = jsontext.dump(payload)
    before = errors.count
    _check_storable(payload, text, path, errors)
    if errors.count == before:
        try:
            # The JSON text, not the value: strict types take ISO times and UUIDs only there.
            kind.load_payload(text)
        except ValidationError as error:
            errors.add_all(path, error)
    return text if errors.count == before else None


def _check_reachable(request: JobRequest, path: Sequence[str | int], errors: ErrorList) -> None:
    if request.type == EXTERNAL and not {"group", "executor"} & request.requires.keys():
        message = (
            'Name the HTTP executors that it is for, as in {"group": "sample-executor"}; or make '
            "a task, which is linked to its executors, and trigger that."
        )
        errors.add((*path, "requires"), "group_required", message)


def _check_storable(
    payload: object, text: str, path: Sequence[str | int], errors: ErrorList
) -> None:
    limit = settings.CELERIAC["PAYLOAD_MAX_BYTES"]
    if len(text.encode()) > limit:
        message = f"The payload is larger than {limit} bytes: upload the data as an artifact."
        errors.add(path, "payload_too_large", message)
    elif jsontext.may_be_unstorable(text):
        for where, code in jsontext.unstorable(payload):
            errors.add((*path, *where), code)
