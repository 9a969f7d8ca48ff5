"""Reads server-sent events over real HTTP, each as it comes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import requests

from tests.support.waiting import wait_until

LIMIT = 60.0
"""Seconds of silence after which a test gives up."""


@dataclass
class Event:
    """One event; comments are left out."""

    id: str
    kind: str
    data: Any


class Stream:
    """An open stream."""

    def __init__(self, answer: requests.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines(chunk_size=None)

    def next(self) -> Event | None:
        """The next event; None at the end of the stream."""
        fields: dict[str, str] = {}
        deadline = time.monotonic() + LIMIT
        for raw in self._lines:
            assert time.monotonic() < deadline, "there are only heartbeats"
            name, _, value = raw.decode().partition(": ")
            if name in {"id", "event", "data"}:
                fields[name] = value
            elif not raw and "data" in fields:
                data = json.loads(fields["data"])
                return Event(fields.get("id", ""), fields.get("event", "message"), data)
        return None

    def take(self, count: int) -> list[Event]:
        """So many events."""
        return list(islice(iter(self.next, None), count))

    def rest(self) -> list[Event]:
        """All events until the stream ends."""
        return list(iter(self.next, None))


@contextmanager
def open_stream(url: str, token: str, **headers: str) -> Iterator[Stream]:
    """A stream of events, as soon as those that have left are known to, and make room."""
    wanted = {"Authorization": f"Token {token}", "Accept": "text/event-stream"} | headers
    with ExitStack() as asked:

        def welcome() -> list[requests.Response]:
            answer = requests.get(url, headers=wanted, stream=True, timeout=LIMIT)
            asked.enter_context(answer)
            return [] if answer.status_code == 503 else [answer]

        (answer,) = wait_until(welcome, what="there is room for a stream")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield Stream(answer)
