"""What names resolve to, within a time: a name server that does not answer holds nobody for long.

The system's resolver can't be stopped, so each lookup has a thread until it ends by itself. There
is one for each name at most, however many wait for it, and none soon after one that failed.
"""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from executors.gateway.addresses import is_address

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host and port, as text, the best first. Raises OSError or UnicodeError."""

THREADS = 32
SECONDS = 6.0
"""A lookup is waited for. Resolvers ask again after five, where a packet was lost."""
REMEMBERED = 5.0
"""Seconds in which a name that did not resolve is not looked up again."""


def ask_system(host: str) -> list[str]:
    """Asks the system's resolver, which may take half a minute. Raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(slots=True)
class _Lookup:
    """One that goes on, or that has failed. Times are monotonic."""

    found: Future[list[str]]
    wait_until: float
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
        self._lookups: dict[str, _Lookup] = {}

    async def resolve(self, host: str, _port: int) -> list[str]:
        """The addresses of a host, the best first, unless it is one itself."""
        if is_address(host):
            return [host]
        lookup = self._look_up(host)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: object) -> None:
            with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
                loop.call_soon_threadsafe(ended.set)

        # Not by awaiting the future: who is cancelled would cancel it for all who wait for it.
        lookup.found.add_done_callback(tell)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), lookup.remaining())
        return self._result(host, lookup, 0)

    def resolve_now(self, host: str, _port: int) -> list[str]:
        """The same, for threads."""
        if is_address(host):
            return [host]
        lookup = self._look_up(host)
        return self._result(host, lookup, lookup.remaining())

    def _look_up(self, host: str) -> _Lookup:
        """The lookup of a name that goes on or failed a moment ago, or a new one."""
        now = monotonic()
        with self._lock:
            for name in [name for name, it in self._lookups.items() if it.forget_at <= now]:
                del self._lookups[name]
            if host not in self._lookups:
                found = self._pool.submit(self._run, host)
                self._lookups[host] = _Lookup(found, now + self._seconds)
            return self._lookups[host]

    def _run(self, host: str) -> list[str]:
        try:
            found = self._ask(host)
        except Exception:
            with self._lock:
                self._lookups[host].forget_at = monotonic() + self._remembered
            raise
        with self._lock:
            del self._lookups[host]
        return found

    def _result(self, host: str, lookup: _Lookup, seconds: float) -> list[str]:
        try:
            return lookup.found.result(seconds)
        except TimeoutError:
            if lookup.found.done():
                raise
            raise TimeoutError(f"No name server answered for {host} in time") from None


_names = Names()
resolve = _names.resolve
resolve_now = _names.resolve_now
