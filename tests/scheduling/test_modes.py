"""What execution modes make of a new job. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.states import JobState
from scheduling.choices import ExecutionMode
from scheduling.modes import Line, places

counts = st.integers(0, 20)
EMPTY = Line(under_way=0, waiting=0, last_turn=0, limit=5)
lines = st.builds(Line, counts, counts, st.integers(0, 1000), st.integers(1, 20))
modes = st.sampled_from(ExecutionMode)
wary = st.sampled_from([mode for mode in ExecutionMode if mode != ExecutionMode.PARALLEL])


@given(modes, counts, lines)
def test_each_job_gets_a_place(mode: ExecutionMode, count: int, line: Line) -> None:
    assert len(places(mode, count, line)) == count


@given(counts, lines)
def test_parallel_always_starts(count: int, line: Line) -> None:
    assert {place.state for place in places(ExecutionMode.PARALLEL, count, line)} <= {
        JobState.QUEUED
    }


@given(wary, counts, lines)
def test_others_never_start_beside_another(mode: ExecutionMode, count: int, line: Line) -> None:
    started = [place.state for place in places(mode, count, line)].count(JobState.QUEUED)
    assert started + bool(line.under_way or line.waiting) <= 1


@given(wary, st.integers(1, 20))
def test_exactly_one_starts_where_nothing_is_unfinished(mode: ExecutionMode, count: int) -> None:
    states = [place.state for place in places(mode, count, EMPTY)]
    assert states.count(JobState.QUEUED) == 1


@given(wary, counts, lines)
def test_turns_go_on_behind_those_who_wait(mode: ExecutionMode, count: int, line: Line) -> None:
    found = places(mode, count, line)
    turns = [place.turn for place in found if place.state == JobState.WAITING]
    assert turns == list(range(line.last_turn + 1, line.last_turn + 1 + len(turns)))
    assert all(place.turn is None for place in found if place.state != JobState.WAITING)


@given(wary, counts, lines)
def test_who_is_dropped_is_told_why(mode: ExecutionMode, count: int, line: Line) -> None:
    for place in places(mode, count, line):
        assert (place.state == JobState.CANCELLED) == bool(place.code) == bool(place.message)


@given(counts, lines)
def test_the_line_of_a_sequential_task_has_a_limit(count: int, line: Line) -> None:
    found = places(ExecutionMode.SEQUENTIAL, count, line)
    waiting = sum(place.state == JobState.WAITING for place in found)
    assert waiting <= max(line.limit - line.waiting, 0)
    dropped = [place for place in found if place.state == JobState.CANCELLED]
    assert not dropped or line.waiting + waiting >= line.limit


@pytest.mark.parametrize(
    ("mode", "line", "expected"),
    [
        (ExecutionMode.SKIP, EMPTY, ["queued", "cancelled", "cancelled"]),
        (ExecutionMode.SKIP, Line(1, 0, 0, 5), ["cancelled"] * 3),
        (ExecutionMode.SEQUENTIAL, EMPTY, ["queued", "waiting", "waiting"]),
        (ExecutionMode.SEQUENTIAL, Line(1, 3, 9, 5), ["waiting", "waiting", "cancelled"]),
        (ExecutionMode.SEQUENTIAL, Line(0, 1, 1, 5), ["waiting"] * 3),
        (ExecutionMode.REPLACE, EMPTY, ["cancelled", "cancelled", "queued"]),
        (ExecutionMode.REPLACE, Line(1, 0, 0, 5), ["cancelled", "cancelled", "waiting"]),
    ],
)
def test_three_at_once(mode: ExecutionMode, line: Line, expected: list[str]) -> None:
    assert [place.state for place in places(mode, 3, line)] == expected
