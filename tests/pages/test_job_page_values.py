"""What the page of a job makes of times and values, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from hypothesis import given, settings

from dashboard.job import again, bars, gone, pictures
from dashboard.job.summary import of_array
from dashboard.job.tree import MOST_ITEMS, Node, tree
from executors.states import ExecutionKind, ExecutionState
from jobs import types
from scheduling.explaining.answer import PhaseKind
from scheduling.explaining.scene import Attempt, History
from scheduling.explaining.spending import Span
from tests.support.schema_values import ANYTHING

START = datetime(2030, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def attempt(
    start: float, end: float | None, executor: str = "w1", handed: float | None = None, **its: Any
) -> Attempt:
    fields = {
        "id": "x", "kind": ExecutionKind.WHOLE, "chunk": None, "number": 1, "executor": executor,
        "state": ExecutionState.RUNNING if end is None else ExecutionState.COMPLETED,
        "slots": 1, "position": 0, "assigned_at": at(start if handed is None else handed),
        "started_at": at(start), "completed_at": None if end is None else at(end),
        "closed_at": None, "available_at": None,
    }  # fmt: skip
    return Attempt(**(fields | its))


def chart(course: list[Span], attempts: list[Attempt], end: float, left_out: int = 0) -> bars.Chart:
    found = bars.chart(course, History(attempts, left_out=left_out), at(end))
    assert found
    return found


WHOLE = [Span(at(0), at(100), PhaseKind.RUNNING)]


def test_bars_lie_where_their_times_are() -> None:
    course = [Span(at(0), at(25), PhaseKind.QUEUED), Span(at(25), at(100), PhaseKind.RUNNING)]
    own, lane = chart(course, [attempt(30, 100, handed=25)], 100).lanes
    assert [(bar.kind, bar.x, bar.width) for bar in own.bars] == [
        ("queued", 0, 25), ("running", 25, 75),
    ]  # fmt: skip
    assert [(bar.kind, bar.x, bar.width) for bar in lane.bars] == [
        ("handed_over", 25, 5), ("completed", 30, 70),
    ]  # fmt: skip
    assert (own.label, lane.label) == ("job", "w1")


def test_what_still_runs_reaches_to_the_end() -> None:
    lane = chart(WHOLE, [attempt(50, None)], 100).lanes[1]
    assert [(bar.kind, bar.x, bar.width) for bar in lane.bars] == [("running", 50, 50)]


def test_what_an_executor_ran_at_the_same_time_is_below_each_other() -> None:
    chunks = [attempt(0, 50), attempt(10, 20), attempt(25, 60), attempt(50, 90, "w2")]
    lanes = chart(WHOLE, chunks, 100).lanes[1:]
    assert [(lane.executor, lane.label, len(lane.bars)) for lane in lanes] == [
        ("w1", "w1", 1), ("w1", "", 2), ("w2", "w2", 1),
    ]  # fmt: skip


def test_the_shortest_bar_can_be_seen_and_none_leaves_the_chart() -> None:
    lanes = chart(WHOLE, [attempt(100, 100), attempt(-5, 200), attempt(99.9999, 100)], 100).lanes
    for lane in lanes:
        for bar in lane.bars:
            assert bar.width >= bars.NARROWEST
            assert 0 <= bar.x <= bar.x + bar.width <= 100.001


def test_executions_beyond_the_limit_are_counted() -> None:
    many = [attempt(n / 10, n / 10 + 0.1) for n in range(bars.SHOWN + 5)]
    assert chart(WHOLE, many, 100, left_out=7).left_out == 12


@pytest.mark.parametrize("seconds", [0.0004, 0.01, 0.3, 1, 7, 60, 4000, 90_000, 10**7])
def test_the_axis_has_a_handful_of_round_times(seconds: float) -> None:
    ticks = chart([Span(at(0), at(seconds), PhaseKind.RUNNING)], [], seconds).ticks
    assert 1 <= len(ticks) <= 8
    assert ticks[0] == (0, "0")
    assert all(0 <= x <= 100 for x, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks)


def test_arrays_are_summed_up() -> None:
    its = of_array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12.0]])
    assert its
    assert (its.shape, its.least, its.most, its.mean) == ((3, 4), 1, 12, 6.5)
    assert of_array([10**400] * 12) is not None


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        [],
        [True] * 20,
        ["x"] * 20,
        [[1] * 20, [1]],
        [[1] * 20, 1],
        [[]] * 20,
        None,
        {"a": 1},
    ],
)
def test_what_is_no_array_of_numbers_is_not(value: Any) -> None:
    assert of_array(value) is None


def nodes(node: Node) -> list[Node]:
    return [node, *(inner for item in node.items for inner in nodes(item))]


def test_long_values_are_folded_and_cut() -> None:
    value = {"list": ["x"] * 1000, "text": "y" * 5000, "numbers": list(range(1000))}
    by_key = {node.key: node for node in nodes(tree(value))}
    assert (by_key["list"].is_open, len(by_key["list"].items)) == (False, MOST_ITEMS)
    assert by_key["list"].left_out == 1000 - MOST_ITEMS
    assert by_key["text"].is_open is False
    assert by_key["numbers"].head == "1,000 numbers"


def test_a_tree_of_many_values_ends() -> None:
    value: Any = 1
    for _ in range(6):
        value = [value] * 9
    assert len(nodes(tree(value))) < 2000


@settings(max_examples=100)
@given(value=ANYTHING)
def test_any_value_can_be_shown_and_nothing_in_it_is_html(value: Any) -> None:
    evil = {"<script>": [value, "<img onerror=x>"]}
    page = Template("{% load job %}{% json_tree node %}").render(Context({"node": tree(evil)}))
    assert "<script" not in page
    assert "<img" not in page


def test_a_request_has_only_what_is_not_as_usual() -> None:
    kind = types.get("add_numbers")
    job = {
        "type": "add_numbers", "payload": {"a": 1}, "name": "add_numbers", "priority": 5,
        "thread_demand": 2, "chunks": None, "placement": "spread", "on_shortage": "single",
        "requires": {}, "max_attempts": kind.max_attempts, "timeout": kind.timeout, "retry": None,
        "run_at": at(0), "unique_key": "once",
    }  # fmt: skip
    expected = {"type": "add_numbers", "payload": {"a": 1}, "thread_demand": 2}
    assert again.request_of(job, kind) == expected


def test_a_command_is_one_for_a_shell_whatever_is_in_it() -> None:
    text = again.curl({"payload": "it's $(rm -rf /) `x`"}, "http://here/api/v1/jobs")
    assert """'{"payload": "it'"'"'s $(rm -rf /) `x`"}'""" in text
    assert '"Authorization: Token $TOKEN"' in text


def test_how_long_jobs_are_kept() -> None:
    keep = {"completed": timedelta(days=1), "failed": timedelta(days=0), "cancelled": None}
    assert gone.kept_for(keep) == (
        "Jobs that have ended are kept for a while: completed ones for 1 day, "
        "failed ones not at all and cancelled ones for ever."
    )


@pytest.mark.parametrize(
    ("content_type", "size", "shown"),
    [("image/png", 10, True), ("image/svg+xml", 10, False), ("text/html", 10, False),
     ("image/png", 10**9, False), ("application/octet-stream", 10, False)],
)  # fmt: skip
def test_pictures(content_type: str, size: int, shown: bool) -> None:
    assert pictures.is_shown(content_type, size) is shown


@pytest.mark.parametrize("kind", list(ExecutionKind))
def test_every_kind_of_execution_has_words(kind):
    assert bars.words(attempt(0, 1, kind=kind, chunk=3, number=2)).endswith("attempt 2")
