"""How a report ends an attempt. Touches no database."""

from __future__ import annotations

from pydantic import ValidationError

from executors.reports.report import Failure, Report, ReportStatus
from executors.worker import attempt
from executors.worker.attempt import Ending
from jobs import jsontext, results, types
from jobs.errors import DoNotRetry, JobCancelled
from jobs.lifecycle import Started

UNKNOWN = Failure("failed", "The executor did not say why.")


def ending_of(job: Started, report: Report, *, result_max_bytes: int) -> Ending:
    """What becomes of the attempt: done, another one later, or failure for good.

    A result that does not fit the job's type is a failure, as it is of a worker's handler. An
    executor that was told to cancel may call that a failure too.
    """
    if report.status is ReportStatus.COMPLETED:
        return attempt.ending_of(job, lambda: _result(job, report.result, result_max_bytes))
    if report.status is ReportStatus.CANCELLED or job.cancelled:
        return attempt.ending_of(job, _stop)
    why = report.failure or UNKNOWN
    return attempt.failed(job, why.code, why.message, why.traceback, permanent=why.permanent)


def refused(job: Started, why: object) -> Ending:
    """The ending where Postgres does not take the result."""
    message = f"Postgres refuses the result: {why}"
    return attempt.failed(job, results.CODE, message, permanent=True)


def _stop() -> str:
    raise JobCancelled


def _result(job: Started, text: str | None, max_bytes: int) -> str:
    kind = types.get(job.type)
    try:
        value = kind.result.validate_json(text or "null")
    except ValidationError as error:
        reason = f"The executor's result does not fit {kind.name!r}: {results.first_errors(error)}"
        raise DoNotRetry(reason, code=results.CODE) from None
    if any(why == "number_range" for _, why in jsontext.unstorable(value)):
        reason = "The executor's result has a number that is too large to be stored."
        raise DoNotRetry(reason, code=results.CODE)
    return results.dump(kind.result, value, "The executor", max_bytes)
