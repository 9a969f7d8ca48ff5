"""The registry of job types: what can be registered, and what is refused with which reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from jobs import types
from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.errors import BadSignature
from jobs.types import Payload, job_type


class Given(Payload):
    n: int


class Other(Payload):
    n: int


class Good(Chunkable[Given, int, Given, Other]):
    """Does nothing in several ways."""

    def split(self, payload: Given, parts: int) -> Sequence[int]:
        return [payload.n]

    def run_chunk(self, context: JobContext, part: int) -> Given:
        return Given(n=part)

    def combine(self, payload: Given, results: Sequence[Given]) -> Other:
        return Other(n=sum(result.n for result in results))


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test registers is forgotten again."""
    for registry in ("_types", "_aliases"):
        monkeypatch.setattr(types, registry, dict(getattr(types, registry)))
    yield


def test_a_chunkable_class_is_a_job_type() -> None:
    assert job_type("good", timeout=3)(Good) is Good
    found = types.get("Good")
    assert (found.name, found.description) == ("good", "Does nothing in several ways.")
    assert isinstance(found.chunked, Good)
    assert found.chunkable
    assert found.timeout == 3
    assert found.chunk_result.validate_json('{"n": 1}') == Given(n=1)
    assert found.handler(JobContext("x", 1), found.load_payload('{"n": 7}')) == Other(n=7)


def test_a_function_is_no_chunkable_type() -> None:
    assert not types.get("add_numbers").chunkable


def test_a_name_is_registered_once() -> None:
    job_type("good")(Good)
    job_type("good")(Good)
    with pytest.raises(ValueError, match="Two handlers"):
        job_type("good")(type("Good", (Good,), {}))
    with pytest.raises(ValueError, match="snake_case"):
        job_type("Good")(Good)


@pytest.mark.parametrize("many", [list[int], tuple[int, ...], Iterable[int], Sequence[int]])
def test_many_may_be_said_in_several_ways(many: Any) -> None:
    def split(self: object, payload: Given, parts: int) -> Any: ...

    split.__annotations__["return"] = many
    job_type("good")(type("Good", (Good,), {"split": split}))


def _without_annotations(self, payload, parts): ...


def _other_payload(self: object, payload: Other, parts: int) -> Sequence[int]: ...


def _text_parts(self: object, payload: Given, parts: int) -> Sequence[str]: ...


def _one_part(self: object, payload: Given, parts: int) -> int: ...


def _other_results(self: object, payload: Given, results: Sequence[Other]) -> Other: ...


def _no_result(self: object, payload: Given, results: Sequence[Given]): ...


def _too_short(self: object, part: int) -> Given: ...


def _unknown(self: object, context: JobContext, part: int) -> Nowhere: ...  # noqa: F821


@pytest.mark.parametrize(
    ("name", "method", "reason"),
    [
        ("split", _without_annotations, "'payload' has no annotation"),
        ("split", _other_payload, "split takes Other, but combine Given"),
        ("split", _text_parts, "split gives parts str, but run_chunk takes int"),
        ("split", _one_part, "should be a Sequence"),
        ("combine", _other_results, "run_chunk gives Given, but combine takes Other"),
        ("combine", _no_result, "'return' has no annotation"),
        ("run_chunk", _too_short, "it has 2 parameters instead of 3"),
        ("run_chunk", _unknown, "'Nowhere' is not defined"),
    ],
)
def test_methods_that_do_not_go_together_are_refused(name, method, reason) -> None:
    with pytest.raises(BadSignature, match=reason):
        job_type("bad")(type("Bad", (Good,), {name: method}))
    assert "bad" not in types._types


def test_a_class_must_be_chunkable_and_whole() -> None:
    class Half(Chunkable[Given, int, Given, Other]):
        def split(self, payload: Given, parts: int) -> Sequence[int]: ...

    with pytest.raises(BadSignature, match="it lacks combine, run_chunk"):
        job_type("half")(Half)
    with pytest.raises(BadSignature, match="a class must be a Chunkable"):
        job_type("given")(Given)


def test_a_handler_without_annotations_is_refused() -> None:
    with pytest.raises(BadSignature, match="'payload' has no annotation"):
        job_type("bad")(lambda context, payload: payload)
