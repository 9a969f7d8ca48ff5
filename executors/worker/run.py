"""Works through one lease: its jobs one after another, outcomes written in batches.

Two threads share a run: the one that calls `work`, and the process's keeper, which writes
outcomes while a job lasts, gives back what has not started, and tells a handler to stop.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from executors.leases import Claim, Tally
from executors.logs import capture
from executors.logs.execution_log import ExecutionLog
from executors.logs.lease_logs import LeaseLogs
from executors.worker import attempt
from executors.worker.parents import read_parent
from executors.worker.store import patiently, release_unstarted
from jobs import wake
from jobs.context import JobContext
from jobs.lifecycle import Outcome, Placed, Started


@dataclass
class Current:
    """The job in the handler's hands; `began` is on the monotonic clock."""

    job: Started
    context: JobContext
    log: ExecutionLog
    began: float


@dataclass
class Run:
    """A claimed lease being worked through.

    `execute` runs a job, or a part of it, and never raises. `save` writes outcomes of the lease,
    by its id, and closes it where there is a tally.
    """

    claim: Claim
    execute: Callable[[Started, JobContext], attempt.Ending]
    save: Callable[[str, Sequence[Outcome], Tally | None], None]
    current: Current | None = None
    lost: bool = False
    abandoned: bool = False
    _logs: LeaseLogs = field(init=False)
    _waiting: deque[Started] = field(init=False)
    _outcomes: list[Outcome] = field(init=False, default_factory=list)
    _done: int = field(init=False, default=0)
    _seconds: float = field(init=False, default=0.0)
    _stopped: set[str] = field(init=False, default_factory=set)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _writing: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._waiting = deque(self.claim.jobs)
        self._logs = LeaseLogs(self._origin)

    def work(self) -> None:
        """Runs what there is, then closes the lease."""
        while not self.lost and (current := self._next()):
            with capture.into(current.log):
                ending = self.execute(current.job, current.context)
            self._ended(current, ending)
        if not self.abandoned:
            # A lease that is no longer ours may have jobs left, which recovery sees to.
            self.write(close=not self._waiting)
            wake.slots_came_free()

    def _next(self) -> Current | None:
        with self._lock:
            if not self._waiting:
                return None
            job = self._waiting.popleft()
            began = time.monotonic()
            context = JobContext(
                job_id=job.job_id,
                attempt=job.attempt,
                threads=self.claim.slots,
                timeout=job.timeout,
                deadline=began + job.timeout if job.timeout else None,
                is_stopped=lambda: self.lost or job.execution_id in self._stopped,
                read_parent=partial(read_parent, job.parent_id) if job.parent_id else None,
            )
            if job.cancelled:
                self._stopped.add(job.execution_id)
            log = self._logs.open(job.job_id, job.execution_id)
            self.current = Current(job, context, log, began)
            return self.current

    @property
    def _origin(self) -> float:
        """Added to the monotonic clock, it makes a time by the database's clock."""
        return self.claim.jobs[0].now - self.claim.anchor

    def _ended(self, current: Current, ending: attempt.Ending) -> None:
        with self._lock:
            if self.current is current:
                self.current = None
                self._note(current, ending)

    def _note(self, current: Current, ending: attempt.Ending) -> None:
        current.log.close()
        job, now, origin = current.job, time.monotonic(), self._origin
        self._done += 1
        self._seconds += now - current.began
        self._outcomes.append(
            Outcome(
                job.job_id,
                job.execution_id,
                ending.state,
                origin + current.began,
                origin + now,
                ending.result,
                ending.error,
                ending.delay,
            )
        )

    def write(self, *, close: bool = False) -> None:
        """Writes the outcomes so far; with `close`, the lease is at its end."""
        with self._writing:
            with self._lock:
                outcomes, self._outcomes = self._outcomes, []
            if outcomes or close:
                closing = Tally(self._done, self._seconds) if close else None
                try:
                    # First, so that the log of a job that is seen to have ended is whole.
                    self._logs.write_all(patiently)
                    self.save(self.claim.lease_id, outcomes, closing)
                except BaseException:
                    with self._lock:
                        self._outcomes[:0] = outcomes
                    raise

    def write_logs(self, now: float) -> None:
        """Writes what the job at hand has said so far, if it is time, on the monotonic clock."""
        with self._writing:
            self._logs.write_some(now)

    def give_back_unstarted(self) -> int:
        """Puts back what has not started, at no cost; how many jobs."""
        with self._writing:  # the lease must not close before they are back
            with self._lock:
                unstarted = [Placed(job.job_id, job.execution_id) for job in self._waiting]
                self._waiting.clear()
            if unstarted:
                release_unstarted(unstarted)
                wake.slots_came_free()
        return len(unstarted)

    def stop(self, execution_ids: Sequence[str]) -> None:
        """Tells the handlers of these executions that they should end."""
        self._stopped.update(execution_ids)

    def abandon(self) -> bool:
        """Fails the job that ignores its deadline, as no thread can be ended; False if it did."""
        with self._lock:
            current, self.current = self.current, None
            if current is None:
                return False
            message = f"The job ignored its timeout of {current.job.timeout:g} s."
            ending = attempt.failed(current.job, "timeout", message)
            self._note(current, ending)
            self.lost = self.abandoned = True
        self.write(close=True)
        return True
