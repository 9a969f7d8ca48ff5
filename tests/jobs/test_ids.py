"""Ids that tell when they were made."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

from jobs.ids import lowest_uuid7, made_at, uuid7, uuid7s

MOMENT = 1_800_000_000.25


def test_ids_of_one_process_are_in_order() -> None:
    ids = [uuid7() for _ in range(10_000)]
    assert ids == sorted(set(ids))


def test_ids_of_moments_are_in_the_order_of_the_moments() -> None:
    """Also within a millisecond, as rows of different transactions are made."""
    moments = [MOMENT + microseconds * 1e-6 for microseconds in range(3000)]
    ids = [next(uuid7s(moment)) for moment in moments]
    assert ids == sorted(set(ids))
    assert all(lowest_uuid7(moment) < id_ for moment, id_ in zip(moments, ids, strict=True))


def test_ids_of_one_moment_are_in_order_and_tell_it() -> None:
    ids = list(islice(uuid7s(MOMENT), 1000))
    assert ids == sorted(set(ids))
    assert {made_at(UUID(id_)).timestamp() for id_ in ids} == {MOMENT}
