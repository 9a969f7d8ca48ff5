"""Jobs of several slots on a real worker: libraries take as many threads as they have slots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.support.gates import Gate
from tests.support.platform import Platform


@pytest.fixture(scope="module", params=["prefork", "threads"])
def platform(
    request: pytest.FixtureRequest, make_platform: Callable[..., AbstractContextManager[Platform]]
) -> Iterator[Platform]:
    """With one worker of three slots."""
    with make_platform() as platform:
        apps = platform.environment["CELERIAC_APPS"]
        platform.environment["CELERIAC_APPS"] = f"{apps},tests.support.numeric"
        platform.dispatcher()
        platform.worker("w1", slots=3, pool=request.param)
        yield platform


def told(platform: Platform, id_: str) -> dict[str, Any]:
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert job["status"] == "completed", platform.describe()
    return job["result"]


def threads(count: int) -> dict[str, Any]:
    return {"given": count, "environment": str(count), "openblas": [count]}


def test_one_after_another_each_has_its_own_width(platform: Platform) -> None:
    for width in (1, 3, 2, 1):
        id_ = platform.client.submit_one("threads_told", thread_demand=width)
        assert told(platform, id_) == threads(width)
    platform.check_invariants()


def test_side_by_side_under_threads_the_widest_decides(platform: Platform) -> None:
    gates = [Gate(platform.directory, f"width-{width}") for width in (1, 2)]
    ids = []
    for gate, width in zip(gates, (1, 2), strict=True):
        payload = gate.payload()
        ids.append(platform.client.submit_one("threads_told", payload, thread_demand=width))
        gate.wait_reached()
    gates[0].open()
    shared = platform.executor("w1")["pool"] == "threads"
    assert told(platform, ids[0]) == threads(2 if shared else 1) | {"given": 1}
    gates[1].open()
    assert told(platform, ids[1]) == threads(2)
    platform.check_invariants()
