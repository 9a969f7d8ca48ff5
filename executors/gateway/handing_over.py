"""Hands leases over to HTTP executors: claims one, calls, and writes down what came of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings

from executors.gateway import rows
from executors.gateway.calling import Caller
from executors.gateway.gathering import Gathering
from executors.gateway.places import Places
from executors.gateway.rows.calls import Claimed
from executors.gateway.rows.outcomes import NotTaken
from executors.gateway.threads import in_database, surely
from executors.protocols.contract import Answer, Call, Taken
from executors.reports import Failure, Report, ReportStatus, accept_report
from executors.worker.store import patiently
from jobs import wake

logger = logging.getLogger("celeriac.gateway")

IN_VAIN = (
    "It was handed over {} times in vain (HAND_OVER_LIMIT), the last time to {}. {} "
    "What the executor's health checks and this job's other executions say shows what to mend."
)
AT_ONCE = 400
"""Calls under way; each has a socket."""


class HandingOver:
    """Leases on their way to executors. `under_way` has their ids."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._places = Places(AT_ONCE)
        self._groups = Gathering(_groups)
        self._claims = Gathering(_claim)
        self._taken = Gathering(_note_taken)
        self._refused = Gathering(_settle)
        self.under_way: set[str] = set()

    async def hand_over(self, lease_id: str) -> None:
        """All that becomes of one message; one that comes twice has no effect."""
        if lease_id in self.under_way:
            return
        self.under_way.add(lease_id)
        try:
            group = await self._groups.add(lease_id)
            async with self._places.taken(group):
                claimed = await self._claims.add(lease_id)
                if claimed is None:
                    logger.info("Lease %s is gone: done, lost or claimed before.", lease_id)
                elif claimed.cancelled:
                    await report(claimed.call, Report(status=ReportStatus.CANCELLED))
                else:
                    await self._call(claimed.call)
        finally:
            self.under_way.discard(lease_id)

    async def _call(self, call: Call) -> None:
        answer = await self._caller.run(call)
        match answer.taken:
            case Taken.ACCEPTED:
                await self._taken.add(call.lease_id)
            case Taken.ANSWERED:
                assert answer.report is not None
                await report(call, answer.report)
            case Taken.BUSY | Taken.FAILED:
                await self.refuse(call, answer)

    async def refuse(self, call: Call, answer: Answer, *, blameless: bool = False) -> None:
        """Its executor did not take the call, or nobody knows: another may, if one may at all.

        The executor is left alone for that, unless it is `blameless`.
        """
        name, execution_id = call.target.name, call.execution_id
        logger.info("%s did not take execution %s: %s", name, execution_id, answer.detail)
        not_taken = NotTaken(
            call.lease_id,
            call.execution_id,
            call.target.executor_id,
            call.type,
            answer.detail,
            busy=answer.taken is Taken.BUSY,
            uncertain=answer.uncertain,
            unanswered=answer.unanswered,
            blameless=blameless,
            busy_task=call.task_id if answer.of_task else None,
        )
        if await self._refused.add(not_taken):
            limit = settings.CELERIAC["HAND_OVER_LIMIT"]
            message = IN_VAIN.format(limit, name, answer.detail)
            failure = Failure(rows.outcomes.FAILED, message)
            await report(call, Report(status=ReportStatus.FAILED, failure=failure))
        if answer.uncertain:
            await self._caller.cancel(call)


async def report(call: Call, what: Report) -> bool:
    """Has a report taken in; False if it came too late."""
    return await in_database(lambda: patiently(lambda: accept_report(call.execution_id, what)))


async def _groups(lease_ids: Sequence[str]) -> list[str]:
    """Whose calls they are; of a lease that is gone, nobody's."""
    found = await surely(lambda cursor: rows.calls.groups(cursor, lease_ids))
    return [found.get(lease_id, "") for lease_id in lease_ids]


async def _claim(lease_ids: Sequence[str]) -> list[Claimed | None]:
    claimed = await surely(lambda cursor: rows.calls.claim(cursor, lease_ids))
    by_lease = {its.call.lease_id: its for its in claimed}
    return [by_lease.get(lease_id) for lease_id in lease_ids]


async def _note_taken(lease_ids: Sequence[str]) -> Sequence[None]:
    await surely(lambda cursor: rows.pauses.note_taken(cursor, lease_ids))
    return [None] * len(lease_ids)


async def _settle(refused: Sequence[NotTaken]) -> list[bool]:
    """Whether the attempt has failed, of each."""
    limit = settings.CELERIAC["HAND_OVER_LIMIT"]
    await surely(lambda cursor: rows.pauses.leave_alone(cursor, refused))
    failed = await surely(lambda cursor: rows.outcomes.settle(cursor, refused, limit))
    await in_database(wake.slots_came_free)
    return [its in failed for its in refused]
