"""A thread in each process that runs leases: it sees to those that take longer than a moment."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.conf import settings
from django.db import connection

from executors.worker import drain, interrupts
from executors.worker.identity import current
from executors.worker.run import Run
from executors.worker.store import patiently
from jobs import lifecycle
from jobs.lifecycle import Placed
from jobs.sql import Cursor, array

logger = logging.getLogger("celeriac.worker")

LONGEST_TICK = 0.1
"""Seconds between looks, at most; outcomes wait no longer to be written. A look lasts as long as
a lease of short jobs should, so that such a lease is written once, at its end."""
LONG = 1.0
"""A job that lasts longer than this many seconds frees the rest of its lease for others."""
ASK_EVERY = 0.5
"""Seconds between questions to the database: cancelled? lost? draining?"""


class Keeper:
    """Watches the runs of this process."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._busy = threading.Event()
        self._asked = 0.0
        self._shown: dict[str, tuple[float, str]] = {}
        self._tick: float = min(settings.CELERIAC["LEASE_SECONDS"], LONGEST_TICK)
        self._grace: float = settings.CELERIAC["CANCEL_GRACE"]
        identity = current()
        self._can_kill = identity is not None and identity.can_kill
        if self._can_kill:
            # Billiard's own handler raises SystemExit in the middle of the job, which the job's
            # handler may catch; a process that is told to end must end.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            interrupts.settle()
        threading.Thread(target=self._watch, name="keeper", daemon=True).start()

    @contextmanager
    def watching(self, run: Run) -> Iterator[None]:
        """Watches `run` while the block lasts."""
        self._runs[run.claim.lease_id] = run
        self._busy.set()
        try:
            yield
        finally:
            self._runs.pop(run.claim.lease_id, None)
            self._shown.pop(run.claim.lease_id, None)

    def _watch(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(self._tick)
            if not self._runs:
                self._busy.clear()
                # A run that came between the look and the clear has set the event again, or is
                # seen here.
                if self._runs:
                    self._busy.set()
                continue
            try:
                self._look(list(self._runs.values()))
            except Exception:
                logger.exception("The keeper stumbled; it goes on.")
                connection.close()

    def _look(self, runs: list[Run]) -> None:
        now = time.monotonic()
        for run in runs:
            run.write()
            run.write_logs(now)
            self._see_to_long_job(run, now)
        lasting = [run for run in runs if now - run.claim.anchor > ASK_EVERY]
        if lasting and now - self._asked > ASK_EVERY:
            self._asked = now
            self._ask(lasting)
            self._show_progress(lasting)

    def _see_to_long_job(self, run: Run, now: float) -> None:
        job = run.current
        if job is None:
            return
        if now - job.began > LONG and (count := run.give_back_unstarted()):
            logger.info("Gave back %d jobs behind the long job %s.", count, job.job.job_id)
        overdue = job.context.deadline and now > job.context.deadline + self._grace
        if overdue and not self._can_kill and run.abandon():
            reason = f"job {job.job.job_id} ignores its timeout"
            drain.restart_when_idle(reason, self._only_abandoned_left)

    def _only_abandoned_left(self) -> bool:
        return all(run.abandoned for run in list(self._runs.values()))

    def _ask(self, runs: list[Run]) -> None:
        with connection.cursor() as cursor:
            answers = _standing(cursor, [run.claim.lease_id for run in runs])
        for run in runs:
            answer = answers.get(run.claim.lease_id)
            if answer is None:
                run.lost = True
                continue
            draining, cancelled = answer
            run.stop(cancelled)
            if draining:
                run.give_back_unstarted()

    def _show_progress(self, runs: list[Run]) -> None:
        for run in runs:
            job, lease_id = run.current, run.claim.lease_id
            progress = job.context.latest_progress if job else None
            if job is None or progress is None or self._shown.get(lease_id) == progress:
                continue
            self._shown[lease_id] = progress
            patiently(partial(_report, job.job, *progress))


def _standing(cursor: Cursor, lease_ids: list[str]) -> dict[str, tuple[bool, list[str]]]:
    """Of the leases still ours: whether the executor drains, and the executions to be stopped.

    A part is stopped, too, when its job has ended by another.
    """
    cursor.execute(
        """
        SELECT lease.id::text, executor.status <> 'online',
               array_agg(execution.id::text)
                   FILTER (WHERE job.cancel_requested_at IS NOT NULL
                              OR execution.kind <> 'whole' AND NOT job.is_active)
          FROM executors_lease lease
          JOIN executors_executor executor
            ON executor.id = lease.executor_id AND executor.incarnation = lease.incarnation
          JOIN executors_execution execution ON execution.lease_id = lease.id
          JOIN jobs_job job ON job.id = execution.job_id
         WHERE lease.id = ANY(%s::uuid[]) AND lease.state = 'claimed'
         GROUP BY lease.id, executor.status
        """,
        (array(lease_ids),),
    )
    return {lease_id: (draining, ids or []) for lease_id, draining, ids in cursor.fetchall()}


def _report(job: lifecycle.Started, fraction: float, message: str) -> None:
    with connection.cursor() as cursor:
        lifecycle.report_progress(cursor, Placed(job.job_id, job.execution_id), fraction, message)


_keeper: Keeper | None = None
_keeper_lock = threading.Lock()


def keeper() -> Keeper:
    """This process's keeper, started at first use, which is after any fork."""
    global _keeper
    with _keeper_lock:
        if _keeper is None:
            _keeper = Keeper()
        return _keeper
