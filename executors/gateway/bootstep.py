"""The gateway's place in a Celery worker: it is there where the queue `gateway` is consumed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from celery import bootsteps, signals

from executors.processes.roles import ProcessRole
from executors.queues import GATEWAY

if TYPE_CHECKING:
    from executors.gateway.gateway import Gateway
    from executors.processes.pulse import Pulse

_gateway: Gateway | None = None


class GatewayStep(bootsteps.StartStopStep):
    """Starts after the pool, so that its first children have no threads of the gateway's."""

    requires = ("celery.worker.components:Pool",)
    _pulse: Pulse | None = None

    def include_if(self, worker: Any) -> bool:
        """Whether the worker takes calls to HTTP executors at all."""
        return GATEWAY in worker.app.amqp.queues.consume_from

    def start(self, _worker: Any) -> None:
        """Opens the gateway, and shows that it is there."""
        from executors.gateway import limits
        from executors.gateway.gateway import Gateway
        from executors.processes.pulse import Pulse

        global _gateway
        _gateway = Gateway(limits.make_http())
        _gateway.start()
        self._pulse = Pulse(ProcessRole.GATEWAY)
        self._pulse.start()

    def stop(self, _worker: Any) -> None:
        """What is being handed over is finished, or given back."""
        if _gateway is not None:
            _gateway.stop()
        if self._pulse is not None:
            self._pulse.end()


@signals.worker_init.connect
def _prepare(sender: Any, **_: Any) -> None:
    sender.app.steps["worker"].add(GatewayStep)


def current() -> Gateway | None:
    """This process's gateway; a prefork worker's children have none."""
    return _gateway


def _forget() -> None:
    global _gateway
    _gateway = None


os.register_at_fork(after_in_child=_forget)
