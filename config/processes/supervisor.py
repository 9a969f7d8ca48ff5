"""Keeps processes running: starts again what ends by itself, and stops them all in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from config.processes.backoff import crashes_in_a_row, restart_delay
from config.processes.running import RunningProcess
from jobs.errors import CeleriacError

# Seconds.
LOOK_EVERY = 0.2
READY_LIMIT = 120.0
STOP_LIMIT = 20.0
# A process that ended so often in a row before it was ready once is given up.
HOPELESS = 3


class NotReady(CeleriacError):
    """{name} {what}. The end of its log, {log}:

    {tail}
    """

    code = "process_not_ready"


class Watchable(Protocol):
    """A process or a server that is kept running."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    def start(self) -> object:
        """Starts it, once more where it has ended."""

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""


class _Watched:
    """What is known about one of them: when it started, how often it crashed, when it may go on."""

    def __init__(self, subject: Watchable) -> None:
        self.subject = subject
        self.started = time.monotonic()
        self.crashes = 0
        self.start_at: float | None = None


class Supervisor:
    """Runs `processes`, and keeps them and the `servers`, which run already, running.

    `report` gets a line for a person at each crash and restart, in another thread.
    """

    def __init__(
        self,
        processes: Sequence[RunningProcess],
        servers: Sequence[Watchable],
        report: Callable[[str], None],
    ) -> None:
        self._processes = processes
        self._watched = [_Watched(subject) for subject in (*servers, *processes)]
        self._report = report
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Starts all processes in their order, and returns at once."""
        for process in self._processes:
            process.start()
        self._thread.start()

    def become_ready(self) -> Iterator[RunningProcess]:
        """Yields each process when it is ready, in their order.

        Raises NotReady for one that ends again and again or takes too long.
        """
        give_up = time.monotonic() + READY_LIMIT
        crashes = {watched.subject: watched for watched in self._watched}
        for process in self._processes:
            while not process.is_ready():
                if crashes[process].crashes >= HOPELESS:
                    raise _not_ready(process, f"ended {HOPELESS} times")
                if time.monotonic() > give_up:
                    raise _not_ready(process, f"was not ready within {READY_LIMIT:g} s")
                time.sleep(0.05)
            yield process

    def stop(self, limit: float = STOP_LIMIT) -> None:
        """Stops all processes, the last one first; kills what has not ended in `limit` seconds.

        Those that leave first have ended before the others are asked to.
        """
        self._over.set()
        if self._thread.ident:
            self._thread.join()
        for now in (True, False):
            _stop([its for its in reversed(self._processes) if its.leaves_first is now], limit)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            for watched in self._watched:
                self._look_after(watched, time.monotonic())

    def _look_after(self, watched: _Watched, now: float) -> None:
        subject = watched.subject
        if watched.start_at is not None:
            if now >= watched.start_at:
                self._start_again(watched, now)
        elif (code := subject.exit_code()) is not None:
            watched.crashes = crashes_in_a_row(watched.crashes, now - watched.started)
            delay = restart_delay(watched.crashes)
            watched.start_at = now + delay
            when = f"in {delay:g} s" if delay else "now"
            self._report(f"{subject.name} ended by itself (exit code {code}); starts again {when}")

    def _start_again(self, watched: _Watched, now: float) -> None:
        watched.start_at, watched.started = None, now
        try:
            watched.subject.start()
        except CeleriacError as error:
            # Its exit code is still that of the failed start, so that it is tried again.
            self._report(str(error))


def _stop(processes: Sequence[RunningProcess], limit: float) -> None:
    """All are asked before the first is waited for: their ends then take no longer than one."""
    end = time.monotonic() + limit
    for process in processes:
        process.ask_to_stop()
    for process in processes:
        process.stop(max(0.0, end - time.monotonic()))


def _not_ready(process: RunningProcess, what: str) -> NotReady:
    return NotReady(name=process.name, what=what, log=process.log, tail=process.said(20))
