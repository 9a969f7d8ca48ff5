"""Looks for what is new in the logs that are followed: one query for all streams of the process.

It asks instead of listening, as a NOTIFY for each write of a log would serialise the commits of
all workers. While nobody follows a log, it rests and holds no connection.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import close_old_connections, connection

from executors.logs import reading
from jobs.states import JobState

logger = logging.getLogger("celeriac.logs")

T = TypeVar("T")

LOOK_EVERY = 0.25
"""Seconds between two looks."""


@dataclass(eq=False)
class Watch:
    """One stream's interest in a job; `news` is set when there may be something new."""

    job_id: str
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: object = field(default_factory=object)

    def tell(self, standing: tuple[JobState, int] | None) -> None:
        """Sets `news` if the job stands elsewhere than at the last look; None: it is gone."""
        if standing != self._seen:
            self._seen = standing
            self.news.set()

    def forget(self) -> None:
        """Makes the next look that succeeds news."""
        self._seen = object()


class Hub:
    """Belongs to one event loop; a thread of its own talks to the database."""

    def __init__(self) -> None:
        self.is_leaving = False
        self._watches: set[Watch] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="logs")
        self._looking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._watches)

    @contextmanager
    def watching(self, job_id: str) -> Iterator[Watch]:
        """A watch on the job while the block lasts."""
        watch = Watch(job_id)
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

    async def _look(self) -> None:
        while self._watches and not self.is_leaving:
            await asyncio.sleep(LOOK_EVERY)
            if _server_is_leaving():
                self._leave()
            else:
                await self._look_once()
        self._looking = None
        await self.ask(lambda: connection.close())

    async def _look_once(self) -> None:
        job_ids = {watch.job_id for watch in self._watches}
        try:
            standings = await self.ask(lambda: reading.standings(job_ids))
        except Exception as error:  # all streams depend on this look
            logger.warning("Logs can't be followed at the moment: %s", error)
            return
        for watch in self._watches:
            watch.tell(standings.get(watch.job_id))

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
