"""XXL-JOB's classic executor protocol: executors are called by it, and report by callbacks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from executors.gateway.errors import HttpError
from executors.gateway.threads import in_transaction
from executors.protocols.contract import Answer, Call, Health, Speaker, Taken, Target
from executors.protocols.xxl_job import glue, logs, numbering
from executors.protocols.xxl_job.calling import Reply, ask
from executors.protocols.xxl_job.numbering import Numbers
from executors.protocols.xxl_job.wire import asked
from executors.protocols.xxl_job.wire.asked import Trigger
from executors.protocols.xxl_job.wire.envelope import Form
from executors.reports.report import Failure, Report, ReportStatus
from jobs.sql import Cursor

if TYPE_CHECKING:
    from executors.gateway.http import Http

ONE_AT_A_TIME = frozenset({"sequential", "skip"})
"""Modes in which an executor that still runs the task is no place for its next job."""

REFUSED = "refused"
"""The error code of attempts that an executor did not begin."""

NOT_THERE = frozenset({404, 405, 501})
"""Statuses of executors that have no `/idleBeat`."""


class XxlJobProtocol(Speaker):
    """Runs by `/run`; how it ended comes to `/api/callback`, its log is fetched from `/log`."""

    async def run(self, call: Call, http: Http) -> Answer:
        """Code 200 accepts, another fails the attempt; what is no answer is a failed hand-over.

        An executor that refuses is well: a handler that it does not have must not keep the jobs
        of other tasks from it, as failed hand-overs would.
        """
        if reason := glue.refusal(call.handler):
            return _failed(Failure(glue.GLUE_REFUSED, reason, permanent=True))
        numbers = await in_transaction(partial(_give, call))
        if call.mode in ONE_AT_A_TIME and (refused := await _refused_as_busy(call, numbers, http)):
            return refused
        reply = await _ask(call.target, asked.RUN, asked.run(_trigger(call, numbers)), http)
        if reply.good:
            return Answer(Taken.ACCEPTED)
        if reply.answer.form is not Form.NONE:
            return _failed(Failure(REFUSED, reply.detail))
        # A proxy says 5xx too where the executor behind it may have begun.
        return Answer(Taken.FAILED, reply.detail, uncertain=reply.status >= 500)

    async def cancel(self, call: Call, http: Http) -> bool:
        """Kills the run. Most executors call back then, but not for one that had not begun.

        Once its `jobId` has been given to another execution, this one is long over.
        """
        numbers = await in_transaction(lambda cursor: numbering.find(cursor, call.execution_id))
        if numbers is None or not numbers.is_latest:
            return True
        job = asked.of_job(numbers.job_id)
        reply = await _ask(call.target, asked.KILL, job, http)
        if reply.good:
            return False
        return (await _ask(call.target, asked.IDLE_BEAT, job, http)).good

    async def check(self, target: Target, http: Http) -> Health:
        """Code 200 to `/beat` is healthy."""
        reply = await ask(target.base_url, asked.BEAT, {}, http, seconds=target.check_seconds)
        return Health(healthy=True) if reply.good else Health(False, reply.detail)

    async def pull_logs(self, http: Http) -> None:
        """Fetches new lines of runs that have gone without a look for long enough."""
        await logs.pull(http)


async def _refused_as_busy(call: Call, numbers: Numbers, http: Http) -> Answer | None:
    """The answer in place of a run, if the executor says that it still runs the job, or nothing."""
    target, body = call.target, asked.of_job(numbers.job_id)
    seconds = target.call_seconds / 2  # the rest is for the run itself
    try:
        reply = await ask(target.base_url, asked.IDLE_BEAT, body, http, seconds=seconds)
    except HttpError as error:
        # Whatever has arrived of it, it has started nothing.
        return Answer(Taken.FAILED, str(error), unanswered=error.unanswered)
    if reply.good or reply.status in NOT_THERE:
        return None
    if reply.answer.form is not Form.OBJECT:
        return Answer(Taken.FAILED, reply.detail)
    # It asks for one `jobId`: handlers of other jobs have threads of their own.
    return Answer(Taken.BUSY, reply.detail, of_task=True)


def _failed(failure: Failure) -> Answer:
    return Answer(Taken.ANSWERED, report=Report(status=ReportStatus.FAILED, failure=failure))


async def _ask(target: Target, what: str, body: dict[str, object], http: Http) -> Reply:
    return await ask(target.base_url, what, body, http, seconds=target.call_seconds)


def _give(call: Call, cursor: Cursor) -> Numbers:
    subject = numbering.subject_of(call.task_id, call.target.group, call.handler)
    executor_id = call.target.executor_id
    return numbering.give(cursor, call.execution_id, executor_id, subject, call.mode)


def _trigger(call: Call, numbers: Numbers) -> Trigger:
    return Trigger(
        job_id=numbers.job_id,
        log_id=numbers.log_id,
        started_at=numbers.started_at,
        handler=call.handler,
        payload=call.payload,
        mode=call.mode,
        timeout=call.timeout,
        shard_index=call.shard_index,
        shard_total=call.shard_total,
    )
