"""Sizes of batches, and how durations are learned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.batching import BatchLimits, Durations, batch_size, largest_batch

LIMITS = BatchLimits(seconds=0.05, jobs=200)
durations = st.none() | st.floats(0, 1e6)
counts = st.integers(1, 100_000)


@given(durations, counts, counts)
def test_batch_is_never_too_long_nor_greedy(
    duration: float | None, waiting: int, rooms: int
) -> None:
    size = batch_size(duration, waiting, rooms, LIMITS)
    assert 1 <= size <= LIMITS.jobs
    assert size == 1 or size * (duration or 0) <= LIMITS.seconds * (1 + 1e-9)
    assert size == 1 or (size - 1) * rooms < waiting


@given(counts, counts)
def test_first_of_a_type_runs_alone(waiting: int, rooms: int) -> None:
    assert batch_size(None, waiting, rooms, LIMITS) == 1


@given(durations, st.integers(1, 100))
def test_a_place_for_each_means_one_each(duration: float | None, rooms: int) -> None:
    assert batch_size(duration, rooms, rooms, LIMITS) == 1


@pytest.mark.parametrize(
    ("duration", "size"), [(0.0, 200), (0.0001, 200), (0.001, 50), (0.03, 1), (9.0, 1), (None, 1)]
)
def test_largest_batch_lasts_as_long_as_a_lease_may(duration: float | None, size: int) -> None:
    assert largest_batch(duration, LIMITS) == size


def test_first_news_are_believed_and_later_ones_weighed() -> None:
    known = Durations()
    assert known.get("a") is None
    known.learn([("a", 2.0, 2)])
    assert known.get("a") == 1.0
    known.learn([("a", 3.0, 1)])
    assert known.get("a") == pytest.approx(1.0 + 0.2 * 2.0)
    known.learn([("a", 0.0, 0)])
    assert known.get("a") == pytest.approx(1.4)


@given(st.lists(st.floats(0.001, 10), min_size=1))
def test_what_is_known_lies_between_what_was_seen(means: list[float]) -> None:
    known = Durations()
    for mean in means:
        known.learn([("a", mean * 10, 10)])
    duration = known.get("a")
    assert duration is not None
    assert min(means) * (1 - 1e-9) <= duration <= max(means) * (1 + 1e-9)


def test_many_quick_runs_outweigh_an_old_slow_one() -> None:
    known = Durations()
    known.learn([("a", 5.0, 1)])
    for _ in range(3):
        known.learn([("a", 0.2, 200)])
    assert known.is_short("a", LIMITS)
