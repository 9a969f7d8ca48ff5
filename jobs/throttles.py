"""Rate limits that hold under concurrency: one atomic step per request in Redis.

Where Redis is down requests are let through, since a limit is no reason to stop working.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle

from jobs import keyvalue

if TYPE_CHECKING:
    import redis
    from rest_framework.request import Request
    from rest_framework.views import APIView

PERIODS = {"s": 1000, "min": 60_000, "h": 3_600_000}
"""Milliseconds by the name of a period."""

COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


def parse_rate(rate: str) -> tuple[int, int]:
    """`"600/min"` as requests and milliseconds; raises ValueError for what is no rate."""
    number, _, period = rate.partition("/")
    if period not in PERIODS or not number.isdigit() or int(number) < 1:
        message = f"A rate is a number, / and one of {', '.join(PERIODS)}, not {rate!r}."
        raise ValueError(message)
    return int(number), PERIODS[period]


def seconds_to_wait(key: str, rate: str) -> float:
    """Counts one request under `key`; 0 if `rate` allows it, else seconds until it will."""
    limit, window = parse_rate(rate)

    def count(client: redis.Redis) -> list[int]:
        answer = _script(client)(keys=[f"rate:{key}"], args=[window])
        return cast("list[int]", answer)

    counted, left = keyvalue.attempt(count, [0, 0])
    return max(left, 1) / 1000 if counted > limit else 0.0


def seconds_blocked(key: str, rate: str) -> float:
    """The same for a request that is not counted: 0 until `rate` is used up under `key`."""
    limit, _ = parse_rate(rate)
    name = f"rate:{key}"

    def look(client: redis.Redis) -> tuple[int, int]:
        return int(client.get(name) or 0), int(client.pttl(name))

    counted, left = keyvalue.attempt(look, (0, 0))
    return max(left, 1) / 1000 if counted >= limit else 0.0


@cache
def _script(client: redis.Redis) -> Any:
    return client.register_script(COUNT)


class UserThrottle(BaseThrottle):
    """Limits what one user reads and what one user writes, each by its rate."""

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        """Counts the request; False if it is one too many."""
        kind = "read" if request.method in SAFE_METHODS else "write"
        self._wait = seconds_to_wait(f"{kind}:{request.user.pk}", settings.RATES[kind])
        return not self._wait

    def wait(self) -> float:
        """Seconds until the next request is allowed."""
        return self._wait
