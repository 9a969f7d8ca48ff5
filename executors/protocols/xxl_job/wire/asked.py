"""What XXL-JOB's executors are asked: to run, to stop, and what a run has logged. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from executors.protocols.xxl_job.wire.envelope import Answer, integer, text
from jobs import jsontext

BEAT = "beat"
IDLE_BEAT = "idleBeat"
RUN = "run"
KILL = "kill"
LOG = "log"

LINE_NUMBER_MAX = 2**31 - 1


class BlockStrategy(StrEnum):
    """What an executor does with a run of a `jobId` that it is running already."""

    SERIAL_EXECUTION = "SERIAL_EXECUTION"
    """It waits on the executor."""
    DISCARD_LATER = "DISCARD_LATER"
    """It is refused."""
    COVER_EARLY = "COVER_EARLY"
    """The earlier one is stopped."""


_STRATEGIES = {
    "parallel": BlockStrategy.SERIAL_EXECUTION,
    "sequential": BlockStrategy.SERIAL_EXECUTION,
    "skip": BlockStrategy.DISCARD_LATER,
    "replace": BlockStrategy.COVER_EARLY,
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """A run to be started; `payload` is JSON text, `timeout` in seconds, `started_at` epoch's."""

    job_id: int
    log_id: int
    started_at: float
    handler: str
    payload: str
    mode: str
    timeout: float | None = None
    shard_index: int | None = None
    shard_total: int | None = None


@dataclass(frozen=True, slots=True)
class LogPart:
    """Lines of a run's log, and the number of the last of them; `is_end` is the executor's word."""

    lines: tuple[str, ...]
    last: int
    is_end: bool


def run(trigger: Trigger) -> dict[str, Any]:
    """The body of `/run`, with every field that an executor of any version looks for."""
    started = milliseconds(trigger.started_at)
    return {
        "jobId": trigger.job_id,
        "executorHandler": trigger.handler,
        "executorParams": parameters(trigger.payload),
        "executorBlockStrategy": block_strategy(trigger.mode).value,
        "executorTimeout": math.ceil(trigger.timeout or 0),
        "logId": trigger.log_id,
        "logDateTime": started,
        "glueType": "BEAN",
        "glueSource": "",
        "glueUpdatetime": started,
        "broadcastIndex": trigger.shard_index or 0,
        "broadcastTotal": trigger.shard_total or 1,
    }


def of_job(job_id: int) -> dict[str, Any]:
    """The body of `/idleBeat` and `/kill`."""
    return {"jobId": job_id}


def log(log_id: int, started_at: float, from_line: int) -> dict[str, Any]:
    """The body of `/log`, for the lines from this one on, counted from 1."""
    return {
        "logDateTim": milliseconds(started_at),
        "logId": log_id,
        "fromLineNum": from_line,
    }


def read_log(answer: Answer, from_line: int, *, ended: bool) -> LogPart:
    """The lines from `from_line` on that an answer of `/log` has.

    Executors say that nothing is new by a `toLineNum` of 0, by one before `from_line`, or by
    no text. While the run lasts (not `ended`), a last line without a line feed is left for the
    next time: it may be half of one, or what a client says where there is no log yet.
    """
    part = answer.payload if isinstance(answer.payload, dict) else {}
    is_end = part.get("isEnd") is True
    last = integer(part.get("toLineNum")) or 0
    content = text(part.get("logContent"))
    if not from_line <= last <= LINE_NUMBER_MAX or not content:
        return LogPart((), from_line - 1, is_end)
    lines = content.split("\n")
    unfinished = lines.pop()
    if unfinished and ended:
        lines.append(unfinished)
    elif unfinished:
        last -= 1
    return LogPart(tuple(line.rstrip("\r") for line in lines), last, is_end)


def parameters(payload: str) -> str:
    """A payload, as JSON text, as `executorParams`: text as it is, null as none, else JSON."""
    value = jsontext.parse(payload.encode())
    if value is None:
        return ""
    return value if isinstance(value, str) else payload


def block_strategy(mode: str) -> BlockStrategy:
    """The strategy that matches an execution mode."""
    return _STRATEGIES[mode]


def milliseconds(seconds: float) -> int:
    """XXL-JOB's measure of time."""
    return round(seconds * 1000)
