"""What executors are asked, and the lines of logs that they answer with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from executors.protocols.xxl_job.wire import asked
from executors.protocols.xxl_job.wire.asked import LogPart, Trigger
from executors.protocols.xxl_job.wire.envelope import Answer
from scheduling.choices import ExecutionMode

TRIGGER = Trigger(
    job_id=3,
    log_id=7,
    started_at=1700000000.1234,
    handler="report",
    payload='"daily"',
    mode="sequential",
    timeout=90.0,
)


def test_a_run_has_every_field() -> None:
    assert asked.run(TRIGGER) == {
        "jobId": 3,
        "executorHandler": "report",
        "executorParams": "daily",
        "executorBlockStrategy": "SERIAL_EXECUTION",
        "executorTimeout": 90,
        "logId": 7,
        "logDateTime": 1700000000123,
        "glueType": "BEAN",
        "glueSource": "",
        "glueUpdatetime": 1700000000123,
        "broadcastIndex": 0,
        "broadcastTotal": 1,
    }


@pytest.mark.parametrize(
    ("mode", "strategy"),
    [
        (ExecutionMode.PARALLEL, "SERIAL_EXECUTION"),
        (ExecutionMode.SEQUENTIAL, "SERIAL_EXECUTION"),
        (ExecutionMode.SKIP, "DISCARD_LATER"),
        (ExecutionMode.REPLACE, "COVER_EARLY"),
    ],
)
def test_the_block_strategy_is_that_of_the_mode(mode: str, strategy: str) -> None:
    assert asked.run(replace(TRIGGER, mode=mode))["executorBlockStrategy"] == strategy


def test_every_mode_has_a_block_strategy() -> None:
    assert all(asked.block_strategy(mode) for mode in ExecutionMode)


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(None, 0), (0.2, 1), (1.0, 1), (1.5, 2), (3600.0, 3600)]
)
def test_a_timeout_is_in_whole_seconds_and_never_shorter(timeout: Any, seconds: int) -> None:
    assert asked.run(replace(TRIGGER, timeout=timeout))["executorTimeout"] == seconds


def test_a_shard_says_which_it_is() -> None:
    sent = asked.run(replace(TRIGGER, shard_index=2, shard_total=5))

    assert (sent["broadcastIndex"], sent["broadcastTotal"]) == (2, 5)


@pytest.mark.parametrize(
    ("payload", "parameters"),
    [
        ('"a b"', "a b"),
        ('"{\\"a\\": 1}"', '{"a": 1}'),
        ('""', ""),
        ("null", ""),
        ('{"a":1}', '{"a":1}'),
        ("[1,2]", "[1,2]"),
        ("12", "12"),
        ("true", "true"),
    ],
)
def test_text_goes_out_as_it_is_and_anything_else_as_json(payload: str, parameters: str) -> None:
    assert asked.parameters(payload) == parameters


def test_the_other_bodies() -> None:
    assert asked.of_job(3) == {"jobId": 3}
    assert asked.log(7, 1700000000.1234, 11) == {
        "logDateTim": 1700000000123,
        "logId": 7,
        "fromLineNum": 11,
    }


def said(to: object, content: object, end: object = False) -> Answer:
    return Answer(200, "", {"fromLineNum": 5, "toLineNum": to, "logContent": content, "isEnd": end})


LOGS = {
    "two lines": (said(6, "a\nb\n"), LogPart(("a", "b"), 6, False)),
    "the last lines": (said(6, "a\nb\n", True), LogPart(("a", "b"), 6, True)),
    "an empty line": (said(5, "\n"), LogPart(("",), 5, False)),
    "line feeds of Windows": (said(6, "a\r\nb\r\n"), LogPart(("a", "b"), 6, False)),
    "nothing new: 0": (said(0, ""), LogPart((), 4, False)),
    "nothing new: 0 with a word": (said(0, "not exists", True), LogPart((), 4, True)),
    "nothing new: less than asked for": (said(4, "old\n"), LogPart((), 4, False)),
    "nothing new: no text": (said(5, "", True), LogPart((), 4, True)),
    "half a line": (said(6, "a\nb"), LogPart(("a",), 5, False)),
    "half a line alone": (said(5, "no such log"), LogPart((), 4, False)),
    "numbers as text": (said("6", "a\nb\n"), LogPart(("a", "b"), 6, False)),
    "no number": (said(None, "a\n"), LogPart((), 4, False)),
    "a number beyond all": (said(2**40, "a\n"), LogPart((), 4, False)),
    "no text": (said(6, None), LogPart((), 4, False)),
    "no payload": (Answer(200), LogPart((), 4, False)),
    "a payload that is none": (Answer(200, "", [1]), LogPart((), 4, False)),
    "an end that is none": (said(0, "", "yes"), LogPart((), 4, False)),
}


@pytest.mark.parametrize(("answer", "part"), LOGS.values(), ids=LOGS)
def test_lines_from_the_fifth_on(answer: Answer, part: LogPart) -> None:
    assert asked.read_log(answer, 5, ended=False) == part


def test_a_last_line_without_a_line_feed_counts_once_the_run_has_ended() -> None:
    assert asked.read_log(said(6, "a\nb"), 5, ended=True) == LogPart(("a", "b"), 6, False)
