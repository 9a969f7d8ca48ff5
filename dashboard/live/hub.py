"""Looks for what changed, for all pages that are open: however many, one look a second."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from dashboard.live import changes, looking, topics
from dashboard.live.sources.source import Data
from jobs.api.streams import hub

logger = logging.getLogger("celeriac.live")

BEHIND = 60
"""Events that wait for a slow reader; with more it is told all anew instead."""


@dataclass(eq=False)
class Watch(hub.Watch):
    """One page's topics, those of them whose snapshot it has, and what it is to be sent."""

    topics: frozenset[str]
    begun: set[str] = field(default_factory=set)
    events: deque[bytes] = field(default_factory=deque)

    def add(self, event: bytes) -> None:
        """Another event; a reader that is far behind is to begin anew."""
        self.events.append(event)
        if len(self.events) > BEHIND:
            self.events.clear()
            self.begun.clear()
        self.news.set()


class State:
    """A topic as it was last seen, and the event that tells it whole, made once it is needed."""

    def __init__(self, topic: str, data: Data) -> None:
        self.data = data
        self._topic = topic
        self._snapshot: bytes | None = None

    @property
    def snapshot(self) -> bytes:
        """The event."""
        if self._snapshot is None:
            self._snapshot = changes.snapshot_event(self._topic, self.data)
        return self._snapshot


class Hub(hub.Hub[Watch]):
    """Knows how each topic that is watched was last seen."""

    name = "live"
    look_every = 1.0

    def __init__(self) -> None:
        super().__init__()
        self._states: dict[str, State] = {}
        self._pace = looking.Pace()

    def watching(self, wanted: Collection[str]) -> AbstractContextManager[Watch]:
        """A watch on topics while the block lasts."""
        return self.watched(Watch(frozenset(wanted)))

    def take(self, watch: Watch) -> bytes:
        """What the watch is to be sent now: snapshots of what it does not have, then changes."""
        new = [topic for topic in watch.topics - watch.begun if topic in self._states]
        watch.begun.update(new)
        told = b"".join([*watch.events, *(self._states[topic].snapshot for topic in new)])
        watch.events.clear()
        return told

    async def look(self) -> None:
        """Looks at each kind of topic that is due, and at topics that were not watched before."""
        watched = {topic for watch in self._watches for topic in watch.topics}
        self._states = {topic: self._states[topic] for topic in watched & self._states.keys()}
        for kind, arguments in topics.by_kind(watched).items():
            if not self._pace.is_due(kind):
                arguments = {a for a in arguments if topics.name(kind, a) not in self._states}
            if arguments:
                await self._look_at(kind, arguments)

    async def _look_at(self, kind: str, arguments: Collection[str]) -> None:
        began = time.monotonic()
        try:
            found = await self.ask(lambda: looking.read_kind(kind, arguments))
        except Exception as error:  # all pages depend on this look
            logger.warning("Pages are not told of %s at the moment: %s", kind, error)
            return
        finally:
            self._pace.looked(kind, began)
        for topic, data in found.items():
            self._tell(topic, data)

    def _tell(self, topic: str, data: Data) -> None:
        before = self._states.get(topic)
        if before and (change := changes.between(before.data, data)) is None:
            return
        self._states[topic] = State(topic, data)
        event = changes.change_event(topic, change) if before and change else None
        for watch in self._watches:
            if topic not in watch.topics:
                continue
            if topic in watch.begun and event:
                watch.add(event)
            else:
                watch.news.set()
