"""What names resolve to, within a time: a name server that does not answer holds nobody for long.

The system's resolver can't be stopped, so each lookup has a thread until it ends by itself. There
is one for each name of a group at most, however many wait for it, and none soon after one that
failed. Groups take turns, so that one with many names of a dead name server leaves threads to
others.
"""

from __future__ import annotations

import asyncio
import math
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from executors.gateway.addresses import is_address
from executors.gateway.turns import Turns

Resolve = Callable[[str, str], Awaitable[list[str]]]
"""The addresses of a host, as text, the best first; asked by a group. Raises OSError or
UnicodeError."""

THREADS = 64
SECONDS = 6.0
"""A lookup is waited for. Resolvers ask again after five, where a packet was lost."""
REMEMBERED = 5.0
"""Seconds in which a name that did not resolve is not looked up again."""
QUEUED_MOST = 1000
"""Lookups of a group that may wait for a thread: all others fail at once."""
QUICK = 1.0
"""Seconds in which nearly every lookup ends."""
PATIENT_MOST = 4
"""Threads, as of web requests, that wait for longer than that on behalf of one group."""

_Key = tuple[str, str]
"""A group and a host."""


def ask_system(host: str) -> list[str]:
    """Asks the system's resolver, which may take half a minute. Raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(slots=True)
class _Lookup:
    """One that waits for a thread, goes on, or has failed. Times are monotonic."""

    wait_until: float
    found: Future[list[str]] = field(default_factory=Future)
    forget_at: float = math.inf

    def remaining(self) -> float:
        """Seconds for which it is still waited for: those who come late wait as long as others."""
        return max(0.0, self.wait_until - monotonic())


class Names:
    """Resolves names. Its methods raise OSError or UnicodeError."""

    def __init__(
        self,
        ask: Callable[[str], list[str]] = ask_system,
        *,
        seconds: float = SECONDS,
        remembered: float = REMEMBERED,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._remembered = remembered
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="resolver")
        self._lock = Lock()
        self._lookups: dict[_Key, _Lookup] = {}
        self._turns: Turns[_Key] = Turns(THREADS)
        self._patient: Counter[str] = Counter()

    async def resolve(self, host: str, group: str) -> list[str]:
        """The addresses of a host, the best first, unless it is one itself."""
        if is_address(host):
            return [host]
        lookup = self._look_up(host, group)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: object) -> None:
            with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
                loop.call_soon_threadsafe(ended.set)

        # Not by awaiting the future: who is cancelled would cancel it for all who wait for it.
        lookup.found.add_done_callback(tell)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), lookup.remaining())
        return _result(host, lookup)

    def resolve_now(self, host: str, group: str) -> list[str]:
        """The same, for threads."""
        if is_address(host):
            return [host]
        lookup = self._look_up(host, group)
        wait([lookup.found], min(QUICK, lookup.remaining()))
        if not lookup.found.done():
            with self._patience(group):
                wait([lookup.found], lookup.remaining())
        return _result(host, lookup)

    @contextmanager
    def _patience(self, group: str) -> Iterator[None]:
        with self._lock:
            if self._patient[group] >= PATIENT_MOST:
                raise TimeoutError(f"Too many lookups of the group {group} wait for an answer")
            self._patient[group] += 1
        try:
            yield
        finally:
            with self._lock:
                self._patient[group] -= 1
                if not self._patient[group]:
                    del self._patient[group]

    def _look_up(self, host: str, group: str) -> _Lookup:
        """The group's lookup of a name that goes on or failed a moment ago, or a new one."""
        now, key = monotonic(), (group, host)
        with self._lock:
            for old in [old for old, it in self._lookups.items() if it.forget_at <= now]:
                del self._lookups[old]
            if key not in self._lookups:
                if self._turns.waiting(group) >= QUEUED_MOST:
                    raise TimeoutError(f"Too many lookups of the group {group} wait for a thread")
                lookup = self._lookups[key] = _Lookup(now + self._seconds)
                self._turns.wait(group, key)
                self._go_on()
                return lookup
            return self._lookups[key]

    def _go_on(self) -> None:
        """Gives free threads to those whose turn it is; the lock is held."""
        while turn := self._turns.begin():
            group, key = turn
            if self._lookups[key].remaining():
                self._pool.submit(self._run, key)
            else:  # Nobody waits for it any more.
                self._turns.end(group)
                self._lookups.pop(key).found.cancel()

    def _run(self, key: _Key) -> None:
        group, host = key
        found: list[str] = []
        failure: Exception | None = None
        try:
            found = self._ask(host)
        except Exception as error:
            failure = error
        with self._lock:
            lookup = self._lookups[key]
            if failure:
                lookup.forget_at = monotonic() + self._remembered
            else:
                del self._lookups[key]
            self._turns.end(group)
            self._go_on()
        if failure:
            lookup.found.set_exception(failure)
        else:
            lookup.found.set_result(found)


def _result(host: str, lookup: _Lookup) -> list[str]:
    if lookup.found.done():
        with suppress(CancelledError):
            return lookup.found.result()
    raise TimeoutError(f"No name server answered for {host} in time")


_names = Names()
resolve = _names.resolve
resolve_now = _names.resolve_now
