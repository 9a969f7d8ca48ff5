"""One attempt at one job: whatever a handler does becomes an ending."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from executors.worker import attempt
from executors.worker.attempt import MESSAGE_MAX, TRACEBACK_MAX, Ending
from jobs import types
from jobs.context import JobContext
from jobs.errors import ArtifactNotFound, DoNotRetry
from jobs.lifecycle import Started
from jobs.states import JobState
from jobs.types import Payload, job_type


class Anything(Payload):
    value: Any = None


class Text(Payload):
    text: str


Handler = Callable[[JobContext, Anything], Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ending]:
    """Runs a handler as the first of three attempts."""
    monkeypatch.setattr(types, "_types", dict(types._types))
    monkeypatch.setattr(types, "_aliases", dict(types._aliases))

    def run(handler: Handler, result: type = Anything, **fields: Any) -> Ending:
        def wrapped(context: JobContext, payload: Anything) -> Any:
            return handler(context, payload)

        types._types.pop("tried", None)
        wrapped.__annotations__ = {"payload": Anything, "return": result}
        job_type("tried")(wrapped)
        return run_type("tried", **fields)

    return run


def run_type(
    name: str, payload: str = "{}", most: int = 3, limit: int = 1000, **context: Any
) -> Ending:
    job = Started("job", "execution", name, payload, 1, most, 1.5, False, 0.0)
    return attempt.run(job, JobContext("job", 1, timeout=1.5, **context), result_max_bytes=limit)


def error(ending: Ending) -> dict[str, str]:
    assert ending.error is not None
    return json.loads(ending.error)


def raising(exception: BaseException) -> Handler:
    def handler(context: JobContext, payload: Anything) -> Any:
        raise exception

    return handler


def test_result(run: Callable[..., Ending]) -> None:
    ending = run(lambda _, payload: Anything(value=[payload.value, "ünï"]), payload='{"value": 7}')
    assert ending == Ending(JobState.COMPLETED, result='{"value":[7,"ünï"]}')


@pytest.mark.parametrize(
    ("exception", "code", "message"),
    [
        (RuntimeError("on purpose"), "exception", "RuntimeError: on purpose"),
        (KeyError("k"), "exception", "KeyError: 'k'"),
        (MemoryError(), "exception", "MemoryError: "),
        (SystemExit(3), "exception", "SystemExit: 3"),
        (KeyboardInterrupt(), "exception", "KeyboardInterrupt: "),
        (GeneratorExit(), "exception", "GeneratorExit: "),
        (ArtifactNotFound(id="x"), "artifact_not_found", "There is no artifact x."),
        (SoftTimeLimitExceeded(), "timeout", "longer than its timeout of 1.5 s"),
    ],
)
def test_what_is_raised_is_the_reason_and_there_is_another_attempt(
    run: Callable[..., Ending], exception: BaseException, code: str, message: str
) -> None:
    ending = run(raising(exception))
    assert ending.state == JobState.SCHEDULED
    assert 0.8 <= ending.delay <= 1.0
    assert error(ending)["code"] == code
    assert message in error(ending)["message"]
    assert run(raising(exception), most=1).state == JobState.FAILED


def test_traceback_names_the_handler(run: Callable[..., Ending]) -> None:
    trace = error(run(raising(RuntimeError("on purpose"))))["traceback"]
    assert "test_attempt.py" in trace
    assert trace.endswith("RuntimeError: on purpose\n")


def test_handler_may_say_that_it_is_for_good(run: Callable[..., Ending]) -> None:
    ending = run(raising(DoNotRetry("It never will.", code="hopeless")))
    assert (ending.state, error(ending)) == (
        JobState.FAILED, {"code": "hopeless", "message": "It never will."}
    )  # fmt: skip


def test_long_reasons_are_cut(run: Callable[..., Ending]) -> None:
    reason = error(run(raising(RuntimeError("x" * 100_000))))
    assert len(reason["message"]) == MESSAGE_MAX
    assert len(reason["traceback"]) == TRACEBACK_MAX


def test_reason_that_can_not_be_told_or_stored(run: Callable[..., Ending]) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert error(run(raising(Mute())))["message"] == "Mute"
    assert error(run(raising(RuntimeError("a\0b\ud800"))))["message"] == "RuntimeError: a␀b?"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (7, "Input should be a valid"),
        ({"unknown": 1}, "unknown: Extra inputs"),
        ({"value": object()}, "Unable to serialize"),
        ({"value": "x" * 1001}, "at most 1,000 are kept"),
        ({"value": ["a\0b"]}, "NUL"),
        ({"value": {"a\0b": 1}}, "NUL"),
    ],
)
def test_unfit_results_fail_for_good(
    run: Callable[..., Ending], value: object, message: str
) -> None:
    ending = run(lambda *_: value)
    assert (ending.state, error(ending)["code"]) == (JobState.FAILED, "invalid_result")
    assert message in error(ending)["message"]


def test_backslashes_are_no_nul(run: Callable[..., Ending]) -> None:
    assert run(lambda *_: {"value": "\\u0000"}).state == JobState.COMPLETED


@pytest.mark.parametrize("payload", ['{"unknown": 1}', "[]", "7", "null", "{"])
def test_unfit_payloads_fail_for_good(run: Callable[..., Ending], payload: str) -> None:
    ending = run(lambda *_: pytest.fail("the handler was started"), payload=payload)
    assert (ending.state, error(ending)["code"]) == (JobState.FAILED, "invalid_payload")


def test_unknown_type_fails_for_good() -> None:
    ending = run_type("never_heard_of")
    assert (ending.state, error(ending)["code"]) == (JobState.FAILED, "unknown_job_type")


def test_cancellation(run: Callable[..., Ending]) -> None:
    never = lambda *_: pytest.fail("the handler was started")  # noqa: E731
    assert run(never, is_stopped=lambda: True).state == JobState.CANCELLED
    answers = iter([False, False, True])
    ending = run(_check_forever, is_stopped=lambda: next(answers))
    assert (ending.state, error(ending)["code"]) == (JobState.CANCELLED, "cancelled")


@pytest.mark.parametrize(
    ("fraction", "message", "shown"),
    [
        (2, "all", (1.0, "all")),
        (-1, "none", (0.0, "none")),
        (float("inf"), "", (1.0, "")),
        (float("nan"), "", (0.0, "")),
        (0.5, "a\0b\ud800", (0.5, "a\N{SYMBOL FOR NULL}b?")),
        (0.5, "x" * 600, (0.5, "x" * 500)),
    ],
)
def test_progress_is_what_postgres_can_store(
    fraction: float, message: str, shown: tuple[float, str]
) -> None:
    context = JobContext("job", 1)
    context.progress(fraction, message)
    assert context.latest_progress == shown


def test_deadline(run: Callable[..., Ending]) -> None:
    ending = run(_check_forever, deadline=time.monotonic() + 0.01)
    assert (ending.state, error(ending)["code"]) == (JobState.SCHEDULED, "timeout")


def _check_forever(context: JobContext, payload: Anything) -> None:
    while True:
        context.progress(0.5)
