"""Numeric libraries take the threads of their lease: real ones, asked what they were told."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np  # noqa: F401  (it loads OpenBLAS)
import pytest
import threadpoolctl

from executors.worker import threads
from executors.worker.threads import VARIABLES, Limits


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """What a test sets does not stay."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    with threadpoolctl.threadpool_limits():
        yield
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for each look through the loaded libraries."""
    found: list[int] = []

    class Counted(threadpoolctl.ThreadpoolController):
        def __init__(self) -> None:
            found.append(1)
            super().__init__()

    monkeypatch.setattr(threads, "ThreadpoolController", Counted)
    return found


def blas() -> set[int]:
    info = threadpoolctl.threadpool_info()
    return {library["num_threads"] for library in info if library["user_api"] == "blas"}


def environment() -> set[str | None]:
    return {os.environ.get(name) for name in VARIABLES}


def test_loaded_libraries_and_the_environment_get_the_width() -> None:
    limits = Limits()
    for width in (1, 3, 2):
        with limits.limited_to(width):
            assert blas() == {width}
            assert environment() == {str(width)}


def test_a_library_that_a_handler_loads_gets_the_width() -> None:
    script = (
        "from executors.worker.threads import limited_to; import sys, threadpoolctl\n"
        "with limited_to(3):\n"
        "    assert 'numpy' not in sys.modules; import numpy\n"
        "    print(*[library['num_threads'] for library in threadpoolctl.threadpool_info()])\n"
        "with limited_to(2):\n"
        "    print(*[library['num_threads'] for library in threadpoolctl.threadpool_info()])\n"
    )
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    # OpenBLAS takes no more threads than it may use cores when it is loaded.
    cores = len(os.sched_getaffinity(0))
    assert found.stdout.split() == [str(min(3, cores)), str(min(2, cores))]


def test_nothing_is_looked_for_when_nothing_changed(scans: list[int]) -> None:
    limits = Limits()
    for _ in range(100):
        with limits.limited_to(1):
            pass
    assert len(scans) == 1
    with limits.limited_to(2):
        pass
    assert len(scans) == 2


def test_a_new_module_may_have_brought_a_library(
    scans: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits()
    with limits.limited_to(1):
        pass
    monkeypatch.setitem(sys.modules, "brand_new", sys)
    with limits.limited_to(1):
        assert len(scans) == 2


def test_an_error_in_the_work_passes_and_ends_it() -> None:
    limits = Limits()
    with pytest.raises(KeyError), limits.limited_to(4):
        raise KeyError
    with limits.limited_to(1):
        assert blas() == {1}


class Lease:
    """One at work in a thread of its own, until it is ended."""

    def __init__(self, limits: Limits, width: int, ask: Callable[[], int] = int) -> None:
        self._begun, self._over = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(self._work, limits, width, ask)
        assert self._begun.wait(60)

    def _work(self, limits: Limits, width: int, ask: Callable[[], int]) -> int:
        with limits.limited_to(width):
            self._begun.set()
            assert self._over.wait(60)
            return ask()

    def end(self) -> int:
        self._over.set()
        answer = self._future.result(60)
        self._pool.shutdown()
        return answer


def test_side_by_side_the_widest_at_work_decides() -> None:
    limits = Limits()
    narrow = Lease(limits, 1)
    wide = Lease(limits, 4)
    assert (blas(), environment()) == ({4}, {"4"})
    middle = Lease(limits, 2)
    assert blas() == {4}
    wide.end()
    assert (blas(), environment()) == ({2}, {"2"})
    middle.end()
    assert (blas(), environment()) == ({1}, {"1"})
    narrow.end()
    with limits.limited_to(3):
        assert blas() == {3}


def test_threads_of_openmp_are_those_of_the_own_lease() -> None:
    try:
        openmp = ctypes.CDLL("libgomp.so.1")
    except OSError:
        pytest.skip("There is no libgomp here.")
    limits = Limits()
    leases = [Lease(limits, width, openmp.omp_get_max_threads) for width in (1, 4, 2)]
    assert [lease.end() for lease in leases] == [1, 4, 2]
