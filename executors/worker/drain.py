"""Starts a threads worker anew when one of its threads is stuck in a handler for good."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

from executors.worker import membership, registration

logger = logging.getLogger("celeriac.worker")

_begun = threading.Lock()


def restart_when_idle(reason: str, is_idle: Callable[[], bool]) -> None:
    """Takes no more work, waits for what still runs, and replaces the process by a fresh one."""
    if _begun.acquire(blocking=False):
        logger.error("This worker drains and restarts: %s.", reason)
        membership.send(registration.drain)
        threading.Thread(target=_restart, args=(is_idle,), name="restart", daemon=True).start()


def _restart(is_idle: Callable[[], bool]) -> None:
    while not is_idle():
        time.sleep(0.1)
    # A thread can't be ended, but the program can be replaced; its database session, and with
    # it the executor's name, goes with it.
    os.execv(sys.executable, sys.orig_argv)
