"""Makes a starting Celery worker an executor: its own queue, its presence, its way out."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from typing import Any

from celery import bootsteps, signals
from celery.worker import state
from django.conf import settings

from executors.errors import NameTaken
from executors.queues import executor_name, queue_name
from executors.worker import aftermath, identity, registration, transport
from executors.worker.presence import Errand, Presence
from executors.worker.registration import Newcomer
from jobs import labels, types
from jobs.ids import is_uuid
from jobs.labels import BadLabels

logger = logging.getLogger("celeriac.worker")

LOOK_AFTER_CHILDREN = 0.25
"""Seconds between looks for children that died."""

_presence: Presence | None = None
_worker: Any = None


def send(errand: Errand) -> None:
    """Hands an errand to the presence's thread; see `Presence.send`."""
    if _presence is not None:
        _presence.send(errand)


class MembershipStep(bootsteps.StartStopStep):
    """Gives back what has not started as soon as the worker begins to shut down.

    And sees quickly to children that died: their sentinels tell of it a moment before they can
    be collected, and then Celery looks again only after 5 seconds.
    """

    def register_with_event_loop(self, worker: Any, hub: Any) -> None:
        """Called at the start of each connection to the broker, whose end clears the timer."""
        if maintain_pool := getattr(worker.pool, "maintain_pool", None):
            hub.call_repeatedly(LOOK_AFTER_CHILDREN, maintain_pool)

    def close(self, _worker: Any) -> None:
        """Called before the pool waits for what still runs."""
        send(registration.drain)


@signals.worker_init.connect
def _prepare(sender: Any, **_: Any) -> None:
    """Gossip and mingle leave lists behind on Redis and serve nothing here."""
    sender.options["without_gossip"] = sender.options["without_mingle"] = True
    transport.use()
    sender.app.steps["worker"].add(MembershipStep)


@signals.celeryd_after_setup.connect
def _join(instance: Any, **_: Any) -> None:
    """Before the pool forks: consume the executor's own queue and be known as an executor."""
    global _presence, _worker
    queues = instance.app.amqp.queues
    name = executor_name(instance.hostname)
    chosen = queues._consume_from  # noqa: SLF001  (None: the worker was started without -Q)
    if chosen is None:
        queues.select([queue_name(name)])
    elif queue_name(name) not in chosen:
        return
    # Not kept by the broker until acknowledged, which costs more than the rest of receiving:
    # recovery sends again what got lost on the way.
    queues[queue_name(name)].no_ack = True
    _worker = instance
    try:
        newcomer = Newcomer(
            name=name,
            slots=instance.concurrency,
            pool=pool_name(instance.pool_cls),
            host=socket.gethostname(),
            pid=os.getpid(),
            types=[kind.name for kind in types.all_types() if not kind.remote],
            labels=labels.read(settings.CELERIAC["LABELS"]),
        )
        _presence = Presence(newcomer, held=held_leases, kill=_kill, replaced=_stop_at_once)
        _presence.start()
    except (BadLabels, NameTaken) as error:
        logger.critical("%s", error)
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from error


@signals.worker_shutdown.connect
def _leave(**_: Any) -> None:
    if _presence is not None:
        _presence.end()


@signals.worker_process_init.connect
def _settle_in_child(**_: Any) -> None:
    """A child must not keep its parent's database session open, and with it the name."""
    if _presence is not None and (descriptor := _presence.fileno()) is not None:
        os.close(descriptor)


def pool_name(pool_class: Any) -> str:
    """`prefork`, `threads`, `solo`, …: the last part of the pool's module."""
    module = str(getattr(pool_class, "__module__", pool_class)).rsplit(".", 1)[-1]
    return {"thread": "threads"}.get(module, module)


def held_leases() -> list[str]:
    """Ids of the leases that the worker has received and not ended."""
    return [str(request.id) for request in _copy(state.reserved_requests) if is_uuid(request.id)]


def _copy(requests: Any) -> list[Any]:
    """The requests in a set that belongs to the main thread, which may change it meanwhile."""
    while True:
        try:
            return list(requests)
        except RuntimeError:
            continue


def _kill(lease_id: str) -> None:
    """Ends the process that works on a lease whose job did not heed its cancellation."""
    me = identity.current()
    if me is None or not me.can_kill:
        return
    for request in _copy(state.active_requests):
        if request.id == lease_id:
            logger.warning("Ending the process of lease %s: its job ignores the cancel.", lease_id)
            request.terminate(_worker.pool, signal=signal.SIGKILL)
            send(lambda cursor, _: aftermath.lost(cursor, lease_id, "It ignored its cancellation."))


def _stop_at_once() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
