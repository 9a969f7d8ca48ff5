"""Chunks of a job, and combining them: whatever a type does becomes an ending."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from executors.worker import attempt, chunk
from executors.worker.attempt import Ending
from jobs import types
from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.errors import DoNotRetry
from jobs.lifecycle import Started
from jobs.states import JobState
from jobs.types import Payload, job_type


class Words(Payload):
    words: list[str]


class Length(Payload):
    length: int
    note: str = ""


class Lengths(Payload):
    lengths: list[int]


class Measure(Chunkable[Words, list[str], Length, Lengths]):
    """Measures words."""

    def split(self, payload: Words, parts: int) -> Sequence[list[str]]:
        size = -(-len(payload.words) // parts) or 1
        return [payload.words[i : i + size] for i in range(0, len(payload.words), size)]

    def run_chunk(self, context: JobContext, part: list[str]) -> Length:
        return Length(length=len("".join(part)))

    def combine(self, payload: Words, results: Sequence[Length]) -> Lengths:
        return Lengths(lengths=[result.length for result in results])


def raising(error: BaseException) -> Callable[..., Any]:
    def method(self: Measure, *_: object) -> Any:
        raise error

    return method


def giving(value: object) -> Callable[..., Any]:
    return lambda self, *_: value


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Measure]]:
    """Registered for one test, whose methods may be changed."""
    monkeypatch.setattr(types, "_types", dict(types._types))
    monkeypatch.setattr(types, "_aliases", dict(types._aliases))
    changeable = type("Measure", (Measure,), {})
    yield job_type("measure")(changeable)


def job(words: Sequence[str] = ("a", "bc", "def"), most: int = 3, **fields: Any) -> Started:
    payload = json.dumps({"words": list(words)})
    started = Started("job", "execution", "measure", payload, 1, most, None, False, 0.0)
    return started._replace(**fields)


def run_chunk(index: int, count: int, of: Started | None = None, **context: Any) -> Ending:
    of = of or job()
    return chunk.run_chunk(of, index, count, JobContext("job", 1, **context), result_max_bytes=100)


def combine(*texts: str, of: Started | None = None, limit: int = 100) -> Ending:
    return chunk.combine(of or job(), texts, JobContext("job", 1), result_max_bytes=limit)


def error(ending: Ending) -> dict[str, str]:
    assert ending.error is not None
    return json.loads(ending.error)


def test_chunks_then_combine_give_what_the_whole_gives(measure) -> None:
    for count in range(1, 6):
        endings = [run_chunk(index, count) for index in range(count)]
        assert {ending.state for ending in endings} == {JobState.COMPLETED}
        ending = combine(*[e.result for e in endings if e.result is not None])
        assert ending.state == JobState.COMPLETED
        assert sum(json.loads(ending.result)["lengths"]) == 6
    whole = attempt.run(job(), JobContext("job", 1), result_max_bytes=100)
    assert whole == Ending(JobState.COMPLETED, result='{"lengths":[6]}')


def test_chunks_beyond_the_parts_have_no_result(measure) -> None:
    assert run_chunk(2, 5).result == '{"length":3,"note":""}'
    assert run_chunk(3, 5) == run_chunk(4, 5) == Ending(JobState.COMPLETED, result=None)


def test_a_split_must_give_parts_and_no_more_than_wanted(measure) -> None:
    for count, ending in [
        (0, run_chunk(0, 2, job(words=[]))),
        (0, attempt.run(job(words=[]), JobContext("job", 1), result_max_bytes=100)),
    ]:
        assert (ending.state, error(ending)["code"]) == (JobState.FAILED, "bad_split")
        assert f"made {count} parts" in error(ending)["message"]
    measure.split = giving([["a"]] * 3)
    assert run_chunk(2, 3).state == JobState.COMPLETED
    ending = run_chunk(0, 2)
    assert error(ending) == {
        "code": "bad_split",
        "message": "The split of 'measure' made 3 parts; wanted were 1 to 2.",
    }


@pytest.mark.parametrize("method", ["split", "run_chunk"])
def test_what_a_chunk_raises_is_the_reason_and_there_is_another_attempt(measure, method) -> None:
    setattr(measure, method, raising(RuntimeError("on purpose")))
    for ending in (run_chunk(0, 2), attempt.run(job(), JobContext("job", 1), result_max_bytes=9)):
        assert ending.state == JobState.SCHEDULED
        assert 0.8 <= ending.delay <= 1.0
        assert error(ending)["message"] == "RuntimeError: on purpose"
        assert error(ending)["traceback"].endswith("RuntimeError: on purpose\n")
    assert run_chunk(0, 2, job(most=1)).state == JobState.FAILED
    setattr(measure, method, raising(DoNotRetry("Never.", code="hopeless")))
    assert error(run_chunk(0, 2)) == {"code": "hopeless", "message": "Never."}


def test_what_combine_raises_is_the_reason(measure) -> None:
    measure.combine = raising(SystemExit(3))
    ending = combine('{"length": 1}')
    assert (ending.state, error(ending)["message"]) == (JobState.SCHEDULED, "SystemExit: 3")
    assert combine('{"length": 1}', of=job(most=1)).state == JobState.FAILED


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "Input should be a valid"),
        ({"length": "7"}, "The chunk 0 of 'measure' returned what does not fit its result"),
        ({"length": 1, "note": "x" * 100}, "at most 100 are kept"),
        ({"length": 1, "note": "\0"}, "NUL"),
    ],
)
def test_unfit_chunk_results_fail_for_good(measure, value, message) -> None:
    measure.run_chunk = giving(value)
    ending = run_chunk(0, 1)
    assert (ending.state, error(ending)["code"]) == (JobState.FAILED, "invalid_result")
    assert message in error(ending)["message"]


def test_a_whole_job_checks_its_one_chunk_too(measure) -> None:
    measure.run_chunk = giving({"length": "7"})
    ending = attempt.run(job(), JobContext("job", 1), result_max_bytes=100)
    assert (ending.state, error(ending)["code"]) == (JobState.FAILED, "invalid_result")
    assert "The chunk of 'measure'" in error(ending)["message"]


def test_unfit_combined_results_fail_for_good(measure) -> None:
    ending = combine('{"length": 1}', limit=3)
    assert "at most 3 are kept" in error(ending)["message"]
    measure.combine = giving(7)
    ending = combine('{"length": 1}')
    assert (ending.state, error(ending)["code"]) == (JobState.FAILED, "invalid_result")
    assert "The combine of 'measure'" in error(ending)["message"]


@pytest.mark.parametrize("text", ["null", "{}", '{"length": 1, "old": 2}', "{"])
def test_stored_results_of_an_older_type_fail_for_good(measure, text) -> None:
    ending = combine('{"length": 1}', text)
    assert (ending.state, error(ending)["code"]) == (JobState.FAILED, "invalid_result")
    assert "no longer fits" in error(ending)["message"]


def test_unfit_payloads_and_types_fail_for_good(measure) -> None:
    for wrong, code in [
        (job(payload="{}"), "invalid_payload"),
        (job(type="never_heard_of"), "unknown_job_type"),
        (job(type="add_numbers", payload='{"a": 1, "b": 2}'), "not_chunkable"),
    ]:
        for ending in (run_chunk(0, 1, wrong), combine("{}", of=wrong)):
            if ending.error and code == error(ending)["code"]:
                assert ending.state == JobState.FAILED
    assert error(run_chunk(0, 1, job(payload="{}")))["code"] == "invalid_payload"
    assert error(combine(of=job(type="never_heard_of")))["code"] == "unknown_job_type"
    assert error(combine(of=job(type="add_numbers", payload='{"a":1,"b":2}')))["code"] == (
        "not_chunkable"
    )


def test_a_cancelled_chunk_does_not_start(measure) -> None:
    measure.run_chunk = raising(AssertionError("the chunk was started"))
    assert run_chunk(0, 2, is_stopped=lambda: True).state == JobState.CANCELLED
