"""What comes while a round trip lasts shares the next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from executors.gateway.gathering import AT_MOST, Gathering


def test_what_gathers_meanwhile_goes_together() -> None:
    batches: list[list[int]] = []

    async def main() -> list[int]:
        first = asyncio.Event()

        async def work(items: Sequence[int]) -> list[int]:
            batches.append(list(items))
            if len(batches) == 1:
                await first.wait()
            return [item * 10 for item in items]

        gathering = Gathering(work)
        tasks = [asyncio.create_task(gathering.add(0))]
        while not batches:
            await asyncio.sleep(0)
        tasks += [asyncio.create_task(gathering.add(n)) for n in range(1, AT_MOST + 10)]
        await asyncio.sleep(0)
        first.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == [n * 10 for n in range(AT_MOST + 10)]
    assert [len(batch) for batch in batches] == [1, AT_MOST, 9]


def failing(error: Exception) -> list[object]:
    """What becomes of 1 and 2 together, and then of 3, if work with 1 raises an error."""

    async def main() -> list[object]:
        async def work(items: Sequence[int]) -> list[int]:
            if 1 in items:
                raise error
            return list(items)

        gathering = Gathering(work)
        both = await asyncio.gather(gathering.add(1), gathering.add(2), return_exceptions=True)
        return [*both, await gathering.add(3)]

    return asyncio.run(main())


def test_one_that_is_unfit_fails_alone() -> None:
    error = ValueError("unfit")
    assert failing(error) == [error, 2, 3]


def test_a_round_without_a_database_fails_as_a_whole() -> None:
    error = OperationalError("away")
    assert failing(error) == [error, error, 3]


def test_one_that_no_longer_waits_does_no_harm() -> None:
    async def main() -> int:
        async def work(items: Sequence[int]) -> list[int]:
            await asyncio.sleep(0)
            return list(items)

        gathering = Gathering(work)
        gone = asyncio.create_task(gathering.add(1))
        stays = asyncio.create_task(gathering.add(2))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await stays

    assert asyncio.run(main()) == 2
