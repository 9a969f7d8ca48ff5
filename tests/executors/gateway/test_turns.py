"""Few places, many owners: whoever takes all that it gets leaves some to the next."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.gateway.places import Places
from executors.gateway.turns import Turns


def begun(turns: Turns[int]) -> list[str]:
    """All that may begin now, by owner."""
    found = []
    while turn := turns.begin():
        found.append(turn[0])
    return found


def test_one_owner_gets_what_there_is_but_not_all() -> None:
    turns: Turns[int] = Turns(64)
    for number in range(100):
        turns.wait("one", number)
    assert len(begun(turns)) == 32
    assert turns.waiting("one") == 68


def test_owners_take_turns_and_each_is_served_in_order() -> None:
    turns: Turns[int] = Turns(8)
    for number in range(2):
        for owner in ("a", "b", "c"):
            turns.wait(owner, number)
    assert [turns.begin() for _ in range(4)] == [("a", 0), ("b", 0), ("c", 0), ("a", 1)]


@pytest.mark.parametrize("generosity", [1, 3])
def test_who_came_first_gives_way_as_its_work_ends(generosity: int) -> None:
    turns: Turns[int] = Turns(60, generosity)
    held: list[str] = []
    for owner in ("early", "late", "last"):
        for number in range(1000):
            turns.wait(owner, number)
        held += begun(turns)
        assert owner in held, "it found a place at once"
    for _ in range(200):
        turns.end(held.pop(0))
        held += begun(turns)
    having = Counter(held)
    assert max(having.values()) - min(having.values()) <= 2
    assert len(held) < 60


@given(st.integers(1, 20), st.lists(st.sampled_from("abc"), max_size=60))
def test_in_the_end_everybody_was_served_and_all_places_are_free(
    places: int, owners: list[str]
) -> None:
    turns: Turns[int] = Turns(places)
    for number, owner in enumerate(owners):
        turns.wait(owner, number)
    served = []
    while now := begun(turns):
        assert len(now) <= places
        served += now
        for owner in now:
            turns.end(owner)
    assert sorted(served) == sorted(owners)


def test_who_is_cancelled_leaves_no_place_taken() -> None:
    async def main() -> None:
        places, held = Places(2), asyncio.Event()

        async def work() -> None:
            async with places.taken("one"):
                held.set()
                await asyncio.Event().wait()

        tasks = [asyncio.create_task(work()) for _ in range(4)]
        await held.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with places.taken("one"), places.taken("two"):
            pass

    asyncio.run(asyncio.wait_for(main(), 20))


def test_one_cancelled_in_the_moment_of_its_turn_passes_it_on() -> None:
    async def main() -> None:
        places, done = Places(1), asyncio.Event()

        async def work() -> None:
            async with places.taken("one"):
                done.set()

        async with places.taken("one"):
            waits = asyncio.create_task(work())
            await asyncio.sleep(0)
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        async with places.taken("two"):
            assert not done.is_set()

    asyncio.run(asyncio.wait_for(main(), 20))
