"""Messages as they lie in the broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings

from executors.leases import PlannedLease
from executors.tasks import RUN_LEASE
from jobs.ids import uuid7
from scheduling.dispatching import publisher as publisher_module
from scheduling.dispatching.publisher import Publisher
from tests.support.waiting import wait_until


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as client:
        yield client


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    yield publisher
    publisher.stop()


def planned(name: str, **fields: Any) -> PlannedLease:
    defaults = {"executor_id": uuid7(), "executor": name, "job_type": "echo", "job_ids": ["a"]}
    return PlannedLease(id=uuid7(), **(defaults | fields))


def take(broker: redis.Redis, name: str, count: int) -> dict[str, list[dict[str, Any]]]:
    """The messages for an executor, by their list; removes them."""

    def keys() -> list[bytes]:
        return broker.keys(f"executor.{name}*")

    wait_until(lambda: sum(broker.llen(key) for key in keys()) == count, what="all are sent")
    found = {
        key.decode(): [json.loads(message) for message in broker.lrange(key, 0, -1)]
        for key in keys()
    }
    broker.delete(*keys())
    return found


def test_message_carries_the_lease_and_nothing_that_matters(
    broker: redis.Redis, publisher: Publisher
) -> None:
    name = uuid7()
    lease = planned(name, timeout=2.5, priority=9)
    publisher.publish([lease])
    ((message,),) = take(broker, name, 1).values()
    headers = message["headers"]
    assert (headers["id"], headers["task"]) == (lease.id, RUN_LEASE)
    assert headers["timelimit"] == [2.5 + settings.CELERIAC["CANCEL_GRACE"], 2.5]
    assert headers["shadow"] == "echo"
    assert (headers["argsrepr"], headers["kwargsrepr"]) == ("()", "{}")


def test_priority_chooses_the_list_and_size_the_name(
    broker: redis.Redis, publisher: Publisher
) -> None:
    name = uuid7()
    sent = [planned(name, priority=p, job_ids=["a"] * 3) for p in (9, 5, 0)]
    publisher.publish(sent)
    found = take(broker, name, 3)
    ids = {key: [m["headers"]["id"] for m in messages] for key, messages in found.items()}
    assert ids == {
        f"executor.{name}": [sent[0].id],
        f"executor.{name}\x06\x164": [sent[1].id],
        f"executor.{name}\x06\x169": [sent[2].id],
    }
    shadows = {m["headers"]["shadow"] for messages in found.values() for m in messages}
    assert shadows == {"echo x3"}


def test_publishing_never_waits(
    publisher: Publisher, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """While one batch is stuck, more are taken up to a limit, and the rest left to recovery."""
    monkeypatch.setattr(publisher_module, "CONNECT_TIMEOUT", 60)
    name = uuid7()
    batches = [[planned(name)] for _ in range(publisher_module.BACKLOG + 5)]
    with ExitStack() as stuck:
        for _ in range(current_app.producer_pool.limit):
            stuck.enter_context(current_app.producer_pool.acquire(block=True))
        for batch in batches:
            publisher.publish(batch)
        assert "1 leases will be sent later" in caplog.text
    wait_until(
        lambda: (
            sum(broker.llen(key) for key in broker.keys(f"executor.{name}*"))
            >= publisher_module.BACKLOG
        ),
        what="those that were taken are sent",
    )
    broker.delete(*broker.keys(f"executor.{name}*"))
