"""What a stream does in silence, and with a client that does not read: over a hub of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.db import connection, transaction

from executors.api.live import events, stream
from executors.api.live.hub import Hub
from executors.logs import store
from executors.logs.lines import Line
from executors.logs.reading import Query
from executors.models import Execution
from jobs.api.streams import patience, sending
from jobs.models import Job
from tests.support.situations import Situation, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def it() -> Situation:
    """A running job that has said something."""
    it = running()
    with transaction.atomic(), connection.cursor() as cursor:
        store.append(cursor, it.pairs[0].execution_id, [Line("hello")])
    return it


class Connection:
    """A client's connection as a server knows it; its `transport` is itself."""

    def __init__(self, reads: Callable[[bytes], Awaitable[None]]) -> None:
        self.transport = self
        self.aborted = False
        self._reads = reads

    def abort(self) -> None:
        self.aborted = True

    async def send(self, message: dict[str, Any]) -> None:
        await self._reads(message.get("body", b""))


def follow(it: Situation, client: Connection) -> None:
    """Follows the log of the job over the connection, to the stream's end."""

    async def work() -> None:
        hub = Hub()
        async with asyncio.timeout(60):
            await stream.follow(hub, Query(it.ids[0]), client.send)
        assert len(hub) == 0
        await hub.ask(lambda: connection.close())

    asyncio.run(work())


def test_silence_is_filled_with_heartbeats(it: Situation, monkeypatch: Any) -> None:
    monkeypatch.setattr(sending, "HEARTBEAT_EVERY", 0.01)
    received: list[bytes] = []
    ends = {"status": "cancelled", "completed_at": "2030-01-01T00:00:00Z", "execution_id": None}

    async def read(body: bytes) -> None:
        received.append(body)
        if received.count(sending.HEARTBEAT) == 3:
            await asyncio.to_thread(end)

    def end() -> None:
        Job.objects.filter(id=it.ids[0]).update(**ends)
        connection.close()

    client = Connection(read)
    follow(it, client)
    assert received[1] == sending.START
    assert b'"hello"' in received[2]
    assert received[3:6] == [sending.HEARTBEAT] * 3
    assert received[-2:] == [events.end(1, "cancelled"), b""]
    assert not client.aborted


def test_a_client_that_does_not_read_is_sent_away(it: Situation, monkeypatch: Any) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.1)

    async def read(body: bytes) -> None:
        if b"hello" in body:
            await asyncio.Event().wait()

    client = Connection(read)
    follow(it, client)
    assert client.aborted


def test_a_stream_does_not_last_for_ever(it: Situation, monkeypatch: Any) -> None:
    monkeypatch.setattr(sending, "LONGEST", 0.5)
    received: list[bytes] = []

    async def read(body: bytes) -> None:
        received.append(body)

    client = Connection(read)
    follow(it, client)
    assert (received[-1], client.aborted) == (b"", False)


def test_a_job_that_is_pruned_ends_its_stream(it: Situation) -> None:
    async def read(body: bytes) -> None:
        if b"hello" in body:
            await asyncio.to_thread(prune)

    def prune() -> None:
        Execution.objects.all().delete()
        Job.objects.all().delete()
        connection.close()

    client = Connection(read)
    follow(it, client)
    assert not client.aborted
