"""What looks for news on behalf of all streams of a kind that this process has.

It asks instead of listening, as a NOTIFY for each write would serialise the commits of all
workers. While nobody watches, it rests and holds no connection.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import close_old_connections, connection

logger = logging.getLogger("celeriac.streams")

T = TypeVar("T")


@dataclass(eq=False)
class Watch:
    """One stream's interest; `news` is set when there may be something new for it."""

    news: asyncio.Event = field(default_factory=asyncio.Event, kw_only=True)


W = TypeVar("W", bound=Watch)


class Hub(ABC, Generic[W]):
    """Belongs to one event loop; a thread of its own, called `name`, talks to the database."""

    name: str
    look_every: float
    """Seconds between two looks."""

    def __init__(self) -> None:
        self.is_leaving = False
        self._watches: set[W] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        self._looking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._watches)

    @contextmanager
    def watched(self, watch: W) -> Iterator[W]:
        """The hub looks for this watch while the block lasts."""
        self._watches.add(watch)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    async def ask(self, work: Callable[[], T]) -> T:
        """What `work` finds in the database."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _afresh, work)

    @abstractmethod
    async def look(self) -> None:
        """Looks once, and tells the watches that there is news for."""

    async def _look(self) -> None:
        try:
            while self._watches and not self.is_leaving:
                await asyncio.sleep(self.look_every)
                if _server_is_leaving():
                    self._leave()
                else:
                    await self._look_once()
        finally:
            self._looking = None
        await self.ask(lambda: connection.close())

    async def _look_once(self) -> None:
        try:
            await self.look()
        except Exception:  # the next look is for all streams of the process
            logger.exception("A look for news failed.")

    def _leave(self) -> None:
        self.is_leaving = True
        for watch in self._watches:
            watch.news.set()


def _afresh(work: Callable[[], T]) -> T:
    close_old_connections()
    return work()


def _server_is_leaving() -> bool:
    """Whether uvicorn was told to end. It tells no application before all its answers have ended.

    But the handler of the signal is a method of its server, which knows.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
