"""A platform for each file of faults; after each test its invariants are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count

import pytest

from tests.faults.beats import Watched
from tests.faults.places import Place
from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.ports import own_port
from tests.support.process import Process

_numbers = count(1)

prefork_only = pytest.mark.parametrize("pool", ["prefork"], indirect=True, scope="module")
"""Under threads the process of a job is that of the whole worker."""


@pytest.fixture(scope="module")
def module_platform(
    make_platform: Callable[..., AbstractContextManager[Platform]],
) -> Iterator[Platform]:
    """The platform of a module, which knows nothing of what other modules did: files run in any
    order, and a dispatcher learns from what has run.

    A batch may last as long as it likes, so that one that waits at a gate is still short.
    """
    with make_platform(LEASE_SECONDS="60") as platform:
        yield platform


@pytest.fixture
def platform(module_platform: Platform) -> Iterator[Platform]:
    """The module's platform. A test leaves it at rest, with all invariants intact."""
    module_platform.dispatcher()
    yield module_platform
    try:
        module_platform.check_invariants()
    except AssertionError:
        module_platform.reset()
        raise


@pytest.fixture
def gates(platform: Platform) -> Iterator[Callable[[], Gate]]:
    """Makes gates; all are open when the invariants are checked."""
    made = []

    def make() -> Gate:
        made.append(Gate(platform.directory, f"gate-{next(_numbers)}"))
        return made[-1]

    yield make
    for gate in made:
        gate.open()


@pytest.fixture
def gate(gates: Callable[[], Gate]) -> Gate:
    """One gate."""
    return gates()


@pytest.fixture
def watched(platform: Platform) -> Iterator[Watched]:
    """Tasks that tick while a test does its worst to the beats that it starts."""
    watched = Watched(platform)
    watched.begin()
    yield watched
    watched.end()


@pytest.fixture(scope="module", params=["prefork", "threads"])
def pool(request: pytest.FixtureRequest) -> str:
    """How the module's worker runs jobs."""
    return str(request.param)


@pytest.fixture(scope="module")
def _worker_ends(module_platform: Platform, pool: str) -> Iterator[None]:
    """There is one of them at a time."""
    yield
    module_platform.discard(pool)


@pytest.fixture
def worker(platform: Platform, pool: str, _worker_ends: None) -> Process:
    """The module's only worker, with two slots; one that a failed test took along starts anew."""
    return platform.worker(pool, slots=2, pool=pool)


@pytest.fixture
def place(platform: Platform) -> Iterator[Place]:
    """A group of HTTP executors, gone in the end."""
    place = Place(platform)
    yield place
    place.close()


@pytest.fixture(scope="module")
def port() -> int:
    """Where the module's web process listens."""
    return own_port()


@pytest.fixture
def web(platform: Platform, port: int) -> str:
    """The address of a web process."""
    return platform.web(port)
