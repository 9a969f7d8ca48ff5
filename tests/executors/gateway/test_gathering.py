"""What comes while a round trip lasts shares the next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

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


def test_a_round_that_fails_fails_its_own_and_no_other() -> None:
    async def main() -> list[object]:
        async def work(items: Sequence[int]) -> list[int]:
            if 1 in items:
                raise ValueError(items)
            return list(items)

        gathering = Gathering(work)
        failed = await asyncio.gather(gathering.add(1), gathering.add(2), return_exceptions=True)
        return [*failed, await gathering.add(3)]

    first, second, third = asyncio.run(main())
    assert isinstance(first, ValueError)
    assert second is first
    assert third == 3


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
