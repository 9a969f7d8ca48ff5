"""What a process has started, found so that it can be looked for after the process is gone."""

from __future__ import annotations

from contextlib import suppress

import psutil

from tests.support.waiting import wait_until


def family(pid: int) -> list[psutil.Process]:
    """All descendants of a process, as handles that a recycled id does not fool."""
    return psutil.Process(pid).children(recursive=True)


def command_line(process: psutil.Process) -> str:
    """Empty where it has ended meanwhile, as a session of Postgres may at any time."""
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; one that has ended and waits to be reaped does not."""
    return [process for process in processes if _runs(process)]


def assert_all_end(processes: list[psutil.Process]) -> None:
    """Waits for the end of all of them, and fails if one stays."""
    assert processes
    wait_until(lambda: not survivors(processes), what=f"the end of {processes}")


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
