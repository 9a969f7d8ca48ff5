"""Messages that come twice, come late, or make no sense."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import redis
from celery import Celery

from executors.queues import queue_name
from executors.tasks import RUN_LEASE
from jobs.ids import uuid7
from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.process import Process

pytestmark = pytest.mark.faults


@pytest.fixture
def broker(platform: Platform) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(platform.valkey.url) as client:
        yield client


@pytest.fixture
def send(platform: Platform, worker: Process) -> Iterator[Callable[..., None]]:
    """Sends any Celery message to the worker's queue."""
    with Celery(broker=platform.valkey.url, set_as_current=False) as app:

        def send(name: str, task_id: str, args: object = (), **options: object) -> None:
            app.send_task(name, args, task_id=task_id, queue=queue_name(worker.name), **options)

        yield send


def assert_goes_on(platform: Platform, worker: Process, incarnation: object) -> None:
    good = platform.client.submit("echo", *({"n": n} for n in range(10)))
    platform.wait_final(*good)
    assert platform.client.statuses(good) == {"completed": 10}
    assert platform.executor(worker.name)["incarnation"] == incarnation
    assert worker.is_running()


def envelope(**changes: object) -> bytes:
    """A message as kombu writes it to Redis, with changes to the outermost level."""
    message = {
        "body": "W1tdLCB7fSwge31d",
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"task": RUN_LEASE, "id": "x", "lang": "py"},
        "properties": {
            "correlation_id": "x", "reply_to": "", "delivery_mode": 2, "delivery_tag": "x",
            "delivery_info": {"exchange": "", "routing_key": "x"}, "priority": 0,
            "body_encoding": "base64",
        },
    }  # fmt: skip
    return json.dumps(message | changes).encode()


@pytest.mark.parametrize(
    "message",
    [
        b"not JSON",
        b"\xff\xfe\x00",
        b"{}",
        b"[]",
        b"null",
        b'"a text"',
        envelope(body="not base64!"),
        envelope(body="bm90IEpTT04="),
        envelope(headers={}),
        envelope(headers=None),
        envelope(properties={}),
        envelope(**{"content-type": "application/x-python-serialize"}),
        envelope(**{"content-type": "application/unknown"}),
    ],
)
def test_garbage_is_dropped(
    platform: Platform, worker: Process, broker: redis.Redis, message: bytes
) -> None:
    incarnation = platform.executor(worker.name)["incarnation"]
    broker.lpush(queue_name(worker.name), message)
    platform.wait_until(lambda: not broker.llen(queue_name(worker.name)), what="it is taken")
    assert_goes_on(platform, worker, incarnation)


def test_messages_of_the_wrong_kind_are_logged_and_dropped(
    platform: Platform, worker: Process, send: Callable[..., None]
) -> None:
    incarnation = platform.executor(worker.name)["incarnation"]
    unknown_lease, elsewhere = uuid7(), uuid7()
    send("celeriac.unknown", uuid7())
    send(RUN_LEASE, "no-uuid")
    send(RUN_LEASE, "'; DROP TABLE jobs_job; --")
    send(RUN_LEASE, unknown_lease)
    send(RUN_LEASE, elsewhere, args=["unexpected", {"arguments": 1}])
    for expected in (
        "Received unregistered task of type 'celeriac.unknown'",
        "Dropped a message whose id 'no-uuid' is no lease's",
        "Dropped a message whose id \"'; DROP TABLE jobs_job; --\" is no lease's",
        f"Lease {unknown_lease} is gone",
        "takes 1 positional argument but 3 were given",
    ):
        platform.wait_until(lambda text=expected: text in worker.said(), what=expected)
    assert_goes_on(platform, worker, incarnation)


def test_lease_of_another_executor_is_left_alone(
    platform: Platform, worker: Process, send: Callable[..., None], gate: Gate
) -> None:
    """Whoever can write to the broker can at most repeat what is true anyway."""
    other = platform.worker("other", slots=2)
    other.freeze()
    numbers = ({"n": n} for n in range(4))
    ids = platform.client.submit("echo", *numbers, requires={"executor": "other"})
    (foreign, *_) = platform.wait_until(
        lambda: platform.vouch_for("other") and platform.held_by("other"),
        what="the other executor is handed a lease",
    )
    foreign = foreign["id"]
    send(RUN_LEASE, foreign)
    platform.wait_until(lambda: f"Lease {foreign} is gone" in worker.said(), what="it is dropped")
    other.thaw()
    platform.wait_final(*ids)
    assert {job["attempt"] for job in platform.client.jobs(ids)} == {1}
    platform.discard("other")


def test_message_that_comes_many_times(
    platform: Platform, worker: Process, broker: redis.Redis
) -> None:
    worker.freeze()
    ids = platform.client.submit("echo", *({"n": n} for n in range(30)))
    keys = platform.wait_until(
        lambda: (
            platform.vouch_for(worker.name)
            and [key for key in broker.keys(f"{queue_name(worker.name)}*") if broker.llen(key)]
        ),
        what="messages wait",
    )
    for key in keys:
        for message in broker.lrange(key, 0, -1):
            broker.lpush(key, *[message] * 5)
    worker.thaw()
    platform.wait_final(*ids)
    assert {(job["status"], job["attempt"]) for job in platform.client.jobs(ids)} == {
        ("completed", 1)
    }
    assert not platform.client.run_twice(ids)


def test_message_that_comes_again_after_its_lease_has_ended(
    platform: Platform, worker: Process, send: Callable[..., None]
) -> None:
    id_ = platform.client.submit_one("echo", {"n": 1})
    platform.wait_final(id_)
    before = platform.client.job(id_), platform.client.executions(id_)
    (lease,) = platform.client.leases(id_)
    send(RUN_LEASE, str(lease["id"]))
    platform.wait_until(lambda: f"Lease {lease['id']} is gone" in worker.said(), what="dropped")
    assert (platform.client.job(id_), platform.client.executions(id_)) == before
