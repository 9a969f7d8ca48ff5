"""Free TCP ports on this machine's loopback address."""

from __future__ import annotations

import random
import socket
from collections.abc import Container
from itertools import chain

HOST = "127.0.0.1"
# Below the range from which outgoing connections get theirs, so that a server which is
# restarted finds its port free.
SERVERS = range(20000, 32000)


def free_port(preferred: int = 0, *, taken: Container[int] = ()) -> int:
    """The preferred port or one of the next ten, else any; `taken` are those given out already.

    Another process may take it before it is used: whoever listens on it must be ready to retry.
    """
    near = range(preferred, min(preferred + 11, 65536) if preferred else 0)
    for port in chain(near, random.sample(SERVERS, 100)):
        if port not in taken and _can_listen(port):
            return port
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def _can_listen(port: int) -> bool:
    try:
        # Sets SO_REUSEADDR: a port whose last connections linger in TIME_WAIT is free.
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True
