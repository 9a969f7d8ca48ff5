"""Names of executors and of their queues. Pure."""

from __future__ import annotations

PREFIX = "executor."
CALLBACKS = "callbacks"
"""Where the ends of chords go; the service worker consumes it."""
GATEWAY = "gateway"
"""Where leases of HTTP executors go; the service worker consumes it."""
GATEWAY_COMMAND = "celery -A config worker -n service -P threads -Q celery,callbacks,gateway"
"""What starts a gateway."""


def executor_name(node_name: str) -> str:
    """An executor's name: the Celery node name without a leading `celery@`."""
    return node_name.removeprefix("celery@")


def queue_name(executor: str) -> str:
    """The queue that only this executor consumes."""
    return PREFIX + executor


def broker_priority(priority: int) -> int:
    """A job's priority (9 is first) as Redis counts it (0 is first)."""
    return 9 - priority
