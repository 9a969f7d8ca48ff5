"""The Redis or Valkey server beside the broker: cache and rate limits, never the truth.

Whoever asks must be able to do without an answer: `attempt` gives a default where the server
is down, and after a failure does not ask again for some seconds, so that an outage costs
little time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
from django.conf import settings

logger = logging.getLogger("celeriac.keyvalue")
T = TypeVar("T")

PATIENCE = 1.0
"""Seconds that the server has to answer."""
PAUSE = 5.0
"""Seconds without a call after a failed one."""

_lock = threading.Lock()
_resume_at = 0.0


@cache
def client(url: str) -> redis.Redis:
    """The process' client of the server at `url`."""
    return redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


def attempt(call: Callable[[redis.Redis], T], default: T) -> T:
    """What `call` returns, or `default` if there is no server or it does not answer."""
    global _resume_at
    url = settings.SERVICES.redis_url
    if not url or time.monotonic() < _resume_at:
        return default
    try:
        return call(client(url))
    except redis.RedisError as error:
        with _lock:
            _resume_at = time.monotonic() + PAUSE
        logger.warning("The cache server does not answer; without it for %g s: %s", PAUSE, error)
        return default


def resume() -> None:
    """Asks the server again at once, whatever happened before."""
    global _resume_at
    _resume_at = 0.0
