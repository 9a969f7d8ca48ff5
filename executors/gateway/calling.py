"""Speaks to executors in their protocols; whatever goes wrong becomes a value."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from executors.gateway.errors import HttpError
from executors.gateway.http import Http
from executors.gateway.places import Places
from executors.gateway.rows.checks import Finding
from executors.protocols.contract import Answer, Call, Health, Speaker, Taken, Target
from executors.protocols.registry import SPEAKERS
from jobs import jsontext
from jobs.errors import CeleriacError

logger = logging.getLogger("celeriac.gateway")

MARGIN = 1.0
"""Seconds beyond its time that a speaker gets for what it does beside its calls."""
DETAIL_MAX = 1000
"""Characters that are kept of what was wrong."""
CANCELS = 100
"""Executors asked to stop something at once; each takes a socket."""


class Caller:
    """Runs, cancels and checks, by whichever protocol an executor speaks."""

    def __init__(self, http: Http, speakers: Mapping[str, Speaker] = SPEAKERS) -> None:
        self.http = http
        self._speakers = speakers
        self._cancels = Places(CANCELS)
        self._deadlines: set[asyncio.Timeout] = set()
        self._hanging_up = False

    def speakers(self) -> Collection[Speaker]:
        """All that it can speak by."""
        return self._speakers.values()

    def hang_up(self) -> None:
        """Ends all that is under way as if its time were over."""
        self._hanging_up = True
        now = asyncio.get_running_loop().time()
        for deadline in self._deadlines:
            if not deadline.expired():
                deadline.reschedule(now)

    @asynccontextmanager
    async def _within(self, seconds: float) -> AsyncIterator[None]:
        async with asyncio.timeout(seconds + MARGIN) as deadline:
            self._deadlines.add(deadline)
            try:
                yield
            finally:
                self._deadlines.discard(deadline)

    def _http(self, target: Target) -> Http:
        return self.http.of(target.group)

    async def run(self, call: Call) -> Answer:
        """Hands a call over; never raises."""
        answer = await self._run(call)
        return replace(answer, detail=_fit(answer.detail, call.token))

    async def _run(self, call: Call) -> Answer:
        try:
            async with self._within(call.target.call_seconds):
                return await self._speakers[call.target.protocol].run(call, self._http(call.target))
        except HttpError as error:
            unanswered = error.unanswered
            return Answer(Taken.FAILED, str(error), uncertain=error.sent, unanswered=unanswered)
        except TimeoutError:
            detail = f"It did not take the call within {call.target.call_seconds:g} s."
            silent = not self._hanging_up
            return Answer(Taken.FAILED, detail, uncertain=True, unanswered=silent)
        except Exception as error:
            return Answer(Taken.FAILED, _describe(error), uncertain=True)

    async def cancel(self, call: Call) -> bool | None:
        """Asks to stop; whether it is over by that, None if the executor could not be asked."""
        target = call.target
        try:
            async with self._cancels.taken(target.group), self._within(target.call_seconds):
                return await self._speakers[target.protocol].cancel(call, self._http(target))
        except (HttpError, TimeoutError) as error:
            logger.info("%s could not be told to stop: %s", target.name, _fit(str(error)))
        except Exception as error:
            _describe(error)
        return None

    async def check(self, target: Target) -> Finding:
        """Looks whether an executor is well; never raises."""
        began = time.monotonic()
        health = await self._check(target)
        seconds = time.monotonic() - began
        return Finding(target.executor_id, health.healthy, seconds, _fit(health.detail))

    async def _check(self, target: Target) -> Health:
        try:
            async with self._within(target.check_seconds):
                return await self._speakers[target.protocol].check(target, self._http(target))
        except HttpError as error:
            return Health(False, str(error))
        except TimeoutError:
            return Health(False, f"It did not answer within {target.check_seconds:g} s.")
        except Exception as error:
            return Health(False, _describe(error))


def _fit(detail: str, *secrets: str) -> str:
    """It may quote what an executor sent: one line, without what the executor alone may know."""
    for secret in secrets:
        detail = detail.replace(secret, "…")
    text = jsontext.storable(detail[:DETAIL_MAX])
    line = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(line.split())


def _describe(error: Exception) -> str:
    if isinstance(error, CeleriacError):
        return str(error)
    logger.error("A protocol's own mistake.", exc_info=error)
    return f"{type(error).__name__}: {error}"
