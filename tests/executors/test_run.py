"""A lease being worked through: what is written, given back, stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from django.db import connection

from executors import leases
from executors.models import Lease
from executors.worker import identity, store
from executors.worker import keeper as keeper_module
from executors.worker.identity import Identity
from executors.worker.keeper import Keeper
from executors.worker.run import Run
from jobs import lifecycle
from jobs.models import Job
from jobs.states import JobState
from tests.executors.conftest import execute
from tests.support.gates import Gate
from tests.support.situations import assigned, running
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """A keeper of a process that can't be ended for one job's sake."""
    identity.become(Identity("", "w1", "", "threads", 2))
    yield Keeper()
    identity.become(None)
    # Its thread goes on for ever, and would hold the test's database.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        )


@pytest.fixture
def gate(tmp_path: Any) -> Iterator[Gate]:
    gate = Gate(tmp_path, "gate")
    yield gate
    gate.open()


class Worker:
    """Works through a run in another thread, as a pool does."""

    def __init__(self, run: Run, keeper: Keeper) -> None:
        self._run, self._keeper = run, keeper
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(timeout=60)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        try:
            with self._keeper.watching(self._run):
                self._run.work()
        finally:
            connection.close()


def test_jobs_run_in_order_and_the_lease_is_closed(claim: Any) -> None:
    it, run = claim("echo", *({"n": n} for n in range(5)))
    run.work()
    it.refresh()
    assert [job.result for job in it.jobs] == [{"n": n} for n in range(5)]
    assert (it.lease.state, it.lease.done) == ("finished", 5)
    assert 0 < it.lease.busy_seconds < 60
    starts = [job.started_at for job in it.jobs]
    assert starts == sorted(starts)
    assert all(job.started_at < job.completed_at for job in it.jobs)
    assert all(job.started_at >= it.lease.claimed_at for job in it.jobs)


def test_handler_is_told_how_many_slots_it_has(cursor: Any) -> None:
    it = assigned(type="threads_given", payload={})
    Lease.objects.update(slots=3)
    claimed = leases.claim(cursor, it.lease_id, it.incarnation)
    assert claimed is not None
    Run(claimed, execute, store.write_outcomes).work()
    it.refresh()
    assert it.jobs[0].result == {"n": 3}


def test_one_bad_job_does_not_spoil_the_others(claim: Any) -> None:
    it, run = claim("fail_until", {"n": 1}, {"n": 2}, {"n": 1})
    run.work()
    it.refresh()
    assert [job.status for job in it.jobs] == ["completed", "scheduled", "completed"]
    assert it.lease.done == 3


def test_cancelled_members_are_not_started(claim: Any) -> None:
    it, run = claim("echo", {"n": 0}, {"n": 1}, cancel_requested_at=None)
    with connection.cursor() as cursor:
        lifecycle.cancel(cursor, it.ids[1:], "me")
    run.stop([it.pairs[1].execution_id])
    run.work()
    it.refresh()
    assert [job.status for job in it.jobs] == ["completed", "cancelled"]


def test_outcomes_are_written_while_a_job_lasts(claim: Any, keeper: Keeper, gate: Gate) -> None:
    it, run = claim("member", {"n": 0}, {"n": 1, "latch": gate.payload()}, {"n": 2})
    worker = Worker(run, keeper)
    gate.wait_reached()
    wait_until(lambda: Job.objects.get(id=it.ids[0]).status == "completed")
    # What waits behind it goes back to the queue, and to others.
    wait_until(lambda: Job.objects.get(id=it.ids[2]).status == "queued")
    assert Job.objects.get(id=it.ids[1]).status == "running"
    gate.open()
    worker.join()
    it.refresh()
    assert [job.status for job in it.jobs] == ["completed", "completed", "queued"]
    assert [job.attempt for job in it.jobs] == [1, 1, 0]
    assert (it.lease.state, it.lease.done) == ("finished", 2)


def test_draining_executor_gives_back_what_has_not_started(
    claim: Any, keeper: Keeper, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "LONG", 1000.0)
    it, run = claim("member", {"n": 0, "latch": gate.payload()}, {"n": 1})
    worker = Worker(run, keeper)
    gate.wait_reached()
    type(it.executor).objects.update(status="draining")
    wait_until(lambda: Job.objects.get(id=it.ids[1]).status == "queued")
    gate.open()
    worker.join()


def test_handler_learns_that_its_lease_is_lost(claim: Any, keeper: Keeper, gate: Gate) -> None:
    it, run = claim("latch", gate.payload())
    worker = Worker(run, keeper)
    gate.wait_reached()
    with connection.cursor() as cursor:
        leases.lose(cursor, [it.lease_id], "gone")
    before = it.rows()
    worker.join()  # the gate is closed: only the loss ends it
    assert it.rows() == before


def test_rest_of_a_lost_batch_is_not_started(claim: Any, keeper: Keeper, gate: Gate) -> None:
    it, run = claim("member", {"n": 0, "latch": gate.payload(heed=False)}, {"n": 1})
    run.lost = True
    run.work()
    assert not gate.is_reached()
    it.refresh()
    # Nor is it closed over their heads: recovery finds it.
    assert (it.lease.state, [job.status for job in it.jobs]) == ("claimed", ["running"] * 2)


def test_progress_is_shown(claim: Any, keeper: Keeper, gate: Gate) -> None:
    it, run = claim("make_progress", gate.payload())
    worker = Worker(run, keeper)
    wait_until(
        lambda: Job.objects.get(id=it.ids[0]).progress == {"fraction": 0.5, "message": "half way"}
    )
    gate.open()
    worker.join()


def test_job_that_ignores_its_deadline_is_given_up(
    claim: Any, keeper: Keeper, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    restarts: list[str] = []
    monkeypatch.setattr(
        keeper_module.drain, "restart_when_idle", lambda reason, _: restarts.append(reason)
    )
    monkeypatch.setattr(keeper, "_grace", 0.1)
    it, run = claim("latch", gate.payload(heed=False), timeout=0.1, max_attempts=1)
    worker = Worker(run, keeper)
    wait_until(lambda: Job.objects.get(id=it.ids[0]).status == "failed")
    it.refresh()
    assert it.jobs[0].error["code"] == "timeout"
    assert it.lease.state == "finished"
    before = it.rows()
    wait_until(lambda: restarts, what="the worker is told to restart")
    gate.open()
    worker.join()
    assert it.rows() == before


def test_result_that_postgres_refuses_fails_its_own_job_alone() -> None:
    it = running(3)
    outcomes = [it.outcome(JobState.COMPLETED, index) for index in range(3)]
    outcomes[1] = it.outcome(JobState.COMPLETED, 1, result='{"text": "\\u0000"}')
    store.write_outcomes(it.lease_id, outcomes, leases.Tally(3, 1.0))
    it.refresh()
    assert [job.status for job in it.jobs] == ["completed", "failed", "completed"]
    assert it.jobs[1].error["code"] == "invalid_result"
    assert it.lease.state == "finished"


def test_writing_outlives_a_broken_connection() -> None:
    it = running()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    killer = psycopg2.connect(**connection.get_connection_params())
    with killer, killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    killer.close()
    outcome = it.outcome(JobState.COMPLETED)
    store.write_outcomes(it.lease_id, [outcome], leases.Tally(1, 1.0))
    it.refresh()
    assert (it.jobs[0].status, it.lease.state) == ("completed", "finished")


def test_outcomes_that_could_not_be_written_are_kept(
    claim: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    it, run = claim("echo", {"n": 0}, {"n": 1})
    with monkeypatch.context() as patch:
        patch.setattr(run, "_waiting", type(run._waiting)(list(run._waiting)[:1]))
        patch.setattr(leases, "record", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run.work()
    run.write()
    it.refresh()
    assert [job.status for job in it.jobs] == ["completed", "running"]


def test_long_handlers_do_not_hold_up_the_clock(claim: Any) -> None:
    """Times inside a batch are monotonic offsets from the database's time of the claim."""
    it, run = claim("echo", {"n": 0})
    # As if what came before it in the batch had taken long.
    claimed = run.claim.anchor - 100
    run.claim = replace(run.claim, anchor=claimed)
    before = time.monotonic() - claimed
    run.work()
    after = time.monotonic() - claimed
    it.refresh()
    times = [it.jobs[0].started_at, it.jobs[0].completed_at]
    began, ended = ((at - it.lease.claimed_at).total_seconds() for at in times)
    # Postgres keeps microseconds.
    assert before - 1e-5 <= began <= ended <= after + 1e-5
