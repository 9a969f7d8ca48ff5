"""Watches over what HTTP executors have: stops what was cancelled or lasts too long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import Any

from django.conf import settings

from executors import leases
from executors.gateway import rows
from executors.gateway.calling import MARGIN, Caller
from executors.gateway.decisions import Patience, Verdict, verdict
from executors.gateway.handing_over import HandingOver, report
from executors.gateway.threads import in_database, in_transaction, surely
from executors.members.leaving import LINGER
from executors.protocols.contract import Answer, Call, Taken
from executors.reports import Failure, Report, ReportStatus
from jobs import wake

logger = logging.getLogger("celeriac.gateway")

AT_ONCE = 500
"""Executions about which something is done at once; more are left to the next looks."""
WRITING = 5.0
"""Seconds beyond a call's time until what came of it should stand in the database."""

SILENT = (
    "Nothing was heard of it for {:g} s (CALLBACK_LIMIT): its executor has to report it, or to "
    "name it in its heartbeats. A timeout would have ended it sooner."
)
LEFT_BEHIND = "{} signed off and did not report it within {:g} s."

Act = Callable[[Call], Coroutine[Any, Any, None]]


class Watch:
    """Does what `decisions.verdict` asks for."""

    def __init__(self, caller: Caller, handing_over: HandingOver) -> None:
        self._caller = caller
        self._handing_over = handing_over
        self._acting: dict[str, asyncio.Task[None]] = {}
        self._telling: set[asyncio.Task[bool | None]] = set()
        self._patience = _patience()
        self._acts: dict[Verdict, Act] = {
            Verdict.NOT_TAKEN: self._take_back,
            Verdict.TELL: self._tell,
            Verdict.CANCEL: self._cancel,
            Verdict.TIME_OUT: self._time_out,
            Verdict.LOSE: self._lose_silent,
            Verdict.LEFT_BEHIND: self._lose_left_behind,
        }

    async def look(self) -> None:
        """Looks once, and starts doing what has to be done."""
        free = AT_ONCE - len(self._acting)
        if free <= 0:
            return
        in_hand = list(self._acting)
        found = await in_transaction(
            lambda cursor: rows.watch.watched(cursor, self._patience, in_hand, free)
        )
        verdicts = {
            lease_id: its
            for lease_id, watched in found.items()
            if (its := verdict(watched, self._patience)) and not self._in_hand(lease_id)
        }
        if not verdicts:
            return
        for call in await in_transaction(lambda cursor: rows.calls.read(cursor, list(verdicts))):
            task = asyncio.create_task(self._acts[verdicts[call.lease_id]](call))
            self._acting[call.lease_id] = task
            task.add_done_callback(partial(self._acted, call.lease_id))

    def _acted(self, lease_id: str, task: asyncio.Task[None]) -> None:
        del self._acting[lease_id]
        if not task.cancelled() and (error := task.exception()):
            logger.error("Lease %s is looked at again.", lease_id, exc_info=error)

    def _in_hand(self, lease_id: str) -> bool:
        return lease_id in self._acting or lease_id in self._handing_over.under_way

    async def end(self) -> None:
        """Waits for what is being done; who knows of it is this process alone."""
        await asyncio.gather(*self._acting.values(), return_exceptions=True)
        await asyncio.gather(*self._telling, return_exceptions=True)

    def _tell_of_the_end(self, call: Call) -> None:
        """Asks to stop what is over for us; executors that hang keep nothing else waiting."""
        task = asyncio.create_task(self._caller.cancel(call))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _take_back(self, call: Call) -> None:
        detail = "Who handed it over is gone, and whether it was taken is not known."
        answer = Answer(Taken.FAILED, detail, uncertain=True)
        await self._handing_over.refuse(call, answer, blameless=True)

    async def _tell(self, call: Call) -> None:
        ids: Collection[str] = [call.lease_id]
        if not await surely(lambda cursor: leases.note_cancel_sent(cursor, ids)):
            return
        is_over = await self._caller.cancel(call)
        if is_over is None:
            await surely(lambda cursor: leases.forget_cancel_sent(cursor, ids))
        elif is_over:
            await self._cancel(call)

    async def _cancel(self, call: Call) -> None:
        await report(call, Report(status=ReportStatus.CANCELLED))

    async def _time_out(self, call: Call) -> None:
        message = f"The job ran for longer than its timeout of {call.timeout:g} s."
        failure = Failure("timeout", message)
        if await report(call, Report(status=ReportStatus.FAILED, failure=failure)):
            self._tell_of_the_end(call)

    async def _lose_silent(self, call: Call) -> None:
        await self._lose(call, SILENT.format(self._patience.silence))

    async def _lose_left_behind(self, call: Call) -> None:
        await self._lose(call, LEFT_BEHIND.format(call.target.name, self._patience.linger))

    async def _lose(self, call: Call, reason: str) -> None:
        if await surely(lambda cursor: leases.lose(cursor, [call.lease_id], reason)):
            await in_database(wake.slots_came_free)
            self._tell_of_the_end(call)


def _patience() -> Patience:
    limits = settings.CELERIAC
    return Patience(
        answer=limits["HAND_OVER_SECONDS"] + MARGIN + WRITING,
        cancel=limits["CANCEL_GRACE"],
        silence=limits["CALLBACK_LIMIT"],
        linger=LINGER,
    )
