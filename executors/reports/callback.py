"""What a callback says, checked: from parsed JSON to a Report."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from executors.logs.lines import Level, Line
from executors.reports.report import Failure, Progress, Report, ReportStatus
from jobs import jsontext
from jobs.requests import Strict

LINES_MAX = 10_000
EXAMPLE: JsonDict = {
    "token": "…",
    "status": "completed",
    "result": {"counted_to": 10},
    "logs": ["Counted to ten."],
}


def _as_error(value: object) -> object:
    return {"message": value} if isinstance(value, str) else value


def _as_progress(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"fraction": value} if is_number else value


def _as_lines(value: object) -> object:
    return value.splitlines() if isinstance(value, str) else value


def _as_line(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class ErrorGiven(Strict):
    """Why it failed."""

    message: Annotated[str, Field(max_length=1_000_000)]
    code: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            pattern="^[^\x00]*$",
            description="What a retry policy may name.",
        ),
    ] = "failed"
    traceback: Annotated[str | None, Field(max_length=1_000_000)] = None
    permanent: Annotated[
        bool, Field(description="No other attempt is to follow, whatever the job's policy.")
    ] = False


class ProgressGiven(Strict):
    """How far it is."""

    fraction: Annotated[float, Field(ge=0, le=1)]
    message: Annotated[str, Field(max_length=1000, pattern="^[^\x00]*$")] = ""


class LineGiven(Strict):
    """A line of the log."""

    text: str
    level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    at: Annotated[
        float | None, Field(ge=0, le=32_503_680_000, description="In seconds since the epoch.")
    ] = None


class CallbackRequest(Strict):
    """What an HTTP executor says of an execution."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    token: Annotated[str, Field(description="The execution's, from the call to /execute.")]
    status: Literal["completed", "failed", "progress"]
    result: Annotated[Any, Field(description="Of one that completed: any JSON.")] = None
    error: Annotated[
        ErrorGiven | None,
        BeforeValidator(_as_error),
        Field(description="Of one that failed; or just its message."),
    ] = None
    progress: Annotated[
        ProgressGiven | None,
        BeforeValidator(_as_progress),
        Field(description="Or just the fraction, from 0 to 1."),
    ] = None
    logs: Annotated[
        list[Annotated[LineGiven, BeforeValidator(_as_line)]],
        BeforeValidator(_as_lines),
        Field(max_length=LINES_MAX, description="New lines of the log; each may be just its text."),
    ] = []
    sequence: Annotated[
        int | None,
        Field(
            ge=0,
            le=2**31 - 1,
            description="Grows from one report of progress to the next, so that repeated ones and "
            "those that were overtaken are told apart.",
        ),
    ] = None


def report_of(request: CallbackRequest) -> Report:
    """The report in a callback that was checked."""
    error, told = request.error, request.progress
    failure = progress = None
    if error:
        failure = Failure(error.code, error.message, error.traceback, error.permanent)
    if told:
        progress = Progress(told.fraction, told.message)
    return Report(
        status=ReportStatus(request.status),
        result=jsontext.dump(request.result),
        failure=failure,
        progress=progress,
        logs=[Line(one.text, Level.called(one.level), at=one.at) for one in request.logs],
        sequence=request.sequence,
    )
