"""The life of the web process, of which its server tells by ASGI's lifespan protocol."""

from __future__ import annotations

import asyncio

from executors.processes.pulse import Pulse
from executors.processes.roles import ProcessRole
from jobs.api.streams.asgi import Receive, Scope, Send


def is_lifespan(scope: Scope) -> bool:
    """Whether it is the server that speaks, of its start and its end."""
    return bool(scope["type"] == "lifespan")


async def live(_scope: Scope, receive: Receive, send: Send) -> None:
    """Shows that this process is there, from its start to its end."""
    await receive()
    pulse = Pulse(ProcessRole.WEB)
    pulse.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await asyncio.to_thread(pulse.end)
    await send({"type": "lifespan.shutdown.complete"})
