"""Workers that are killed, frozen, named twice, stopped or joined while they have work."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing

import psutil
import psycopg2
import pytest

from executors.worker import registration
from tests.support.gates import Gate
from tests.support.platform import Platform

pytestmark = pytest.mark.faults

BOTH_POOLS = pytest.mark.parametrize("pool", ["prefork", "threads"])


def submit_batch(platform: Platform, gate: Gate, size: int = 30) -> tuple[list[str], str]:
    """Jobs that share a lease, of which the sixth waits at the gate; all ids, and that one's."""
    platform.learn("member", *({"n": n} for n in range(20)))
    payloads: list[dict[str, object]] = [{"n": n} for n in range(size)]
    payloads[5]["latch"] = gate.payload()
    ids = platform.client.submit("member", *payloads)
    gate.wait_reached()
    assert platform.client.leases(ids[5])[-1]["size"] > 10
    return ids, ids[5]


@BOTH_POOLS
def test_worker_killed_in_the_middle_of_a_batch(platform: Platform, gate: Gate, pool: str) -> None:
    worker = platform.worker(f"killed-{pool}", slots=1, pool=pool)
    ids, waiting = submit_batch(platform, gate)
    worker.kill()
    gate.open()
    platform.worker(f"killed-{pool}", slots=1, pool=pool)
    platform.wait_final(*ids)
    jobs = platform.client.jobs(ids)
    assert {(job["status"], job["attempt"]) for job in jobs} == {("completed", 1)}
    assert platform.client.job(waiting)["isolated"]
    assert platform.client.begun(waiting) == ["lost", "completed"]
    assert [event["data"] for event in platform.client.events(waiting)] == [{"alone": False}]
    platform.discard(f"killed-{pool}")


def test_jobs_of_a_dead_worker_move_to_another(platform: Platform, gate: Gate) -> None:
    platform.worker("dead", slots=1)
    alone = platform.client.submit_one("latch", gate.payload())
    gate.wait_reached()
    platform.die("dead")
    gate.open()
    platform.worker("another", slots=1)
    platform.wait_final(alone)
    job = platform.client.job(alone)
    assert (job["status"], job["attempt"], job["executor"]) == ("completed", 2, "another")
    assert platform.executor("dead")["status"] == "offline"
    (event,) = platform.client.events(alone)
    assert (event["kind"], event["data"]["alone"]) == ("lost", True)
    platform.discard("another")


def test_job_that_must_not_be_repeated_fails_with_its_worker(
    platform: Platform, gate: Gate
) -> None:
    worker = platform.worker("once", slots=1)
    id_ = platform.client.submit_one("latch_once", gate.payload())
    gate.wait_reached()
    worker.kill()
    platform.worker("once", slots=1)
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["error"]["code"]) == ("failed", 1, "lost")
    assert len(platform.client.executions(id_)) == 1
    platform.discard("once")


def test_prefork_child_killed_under_a_job(platform: Platform, gate: Gate) -> None:
    worker = platform.worker("parent", slots=1)
    alone = platform.client.submit_one("latch", gate.payload())
    os.kill(gate.wait_reached(), signal.SIGKILL)
    gate.open()
    platform.wait_final(alone)
    assert platform.client.job(alone)["attempt"] == 2
    assert platform.client.begun(alone) == ["lost", "completed"]
    assert worker.is_running()
    platform.discard("parent")


def test_prefork_child_killed_in_the_middle_of_a_batch(platform: Platform, gate: Gate) -> None:
    platform.worker("parent", slots=1)
    ids, waiting = submit_batch(platform, gate)
    os.kill(gate.wait_reached(), signal.SIGKILL)
    gate.open()
    platform.wait_final(*ids)
    jobs = platform.client.jobs(ids)
    assert {(job["status"], job["attempt"]) for job in jobs} == {("completed", 1)}
    assert platform.client.job(waiting)["isolated"]
    platform.discard("parent")


def test_job_that_ends_a_whole_threads_worker(platform: Platform) -> None:
    worker = platform.worker("threaded", slots=1, pool="threads")
    id_ = platform.client.submit_one("leave_process", max_attempts=2)
    assert worker.wait() == 7
    again = platform.worker("threaded", slots=1, pool="threads")
    assert again.wait() == 7
    platform.die("threaded")
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["error"]["code"]) == ("failed", 2, "lost")


def test_children_die_with_their_parent(platform: Platform, gate: Gate) -> None:
    # Under a shell that lives on, so that nothing but the child itself sees to its end; idle
    # children notice a closed pipe, but this one is busy.
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-n", "mortal", "-c", "1"]
    shell = platform.process("shell", "sh", "-c", f"{' '.join(command)} & sleep 600")
    id_ = platform.client.submit_one("latch", gate.payload(heed=False), max_attempts=1)
    child = psutil.Process(gate.wait_reached())
    psutil.Process(platform.executor("mortal")["pid"]).kill()
    platform.age("mortal")
    platform.wait_until(lambda: not _lives(child), what="the child is gone")
    assert shell.is_running()
    shell.kill()
    platform.wait_final(id_)
    assert platform.client.job(id_)["error"]["code"] == "lost"


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@BOTH_POOLS
def test_late_results_of_a_frozen_worker_change_nothing(
    platform: Platform, gate: Gate, pool: str
) -> None:
    name = f"frozen-{pool}"
    frozen = platform.worker(name, slots=1, pool=pool)
    ids, waiting = submit_batch(platform, gate)
    platform.wait_until(lambda: platform.executor(name)["held"], what="a heartbeat names the lease")
    frozen.freeze()
    platform.age(name)
    gate.forget()
    platform.wait_until(
        lambda: platform.executor(name)["status"] == "offline", what="it is taken for dead"
    )
    platform.worker("relief", slots=1)
    gate.wait_reached()
    gate.open()
    platform.wait_final(*ids)
    before = [(job, platform.client.executions(job["id"])) for job in platform.client.jobs(ids)]
    frozen.thaw()
    platform.wait_until(
        lambda: (
            (platform.executor(name)["status"], platform.executor(name)["held"]) == ("online", [])
        ),
        what="it is back, and rid of the lease",
    )
    after = [(job, platform.client.executions(job["id"])) for job in platform.client.jobs(ids)]
    assert after == before
    assert platform.client.job(waiting)["executor"] == "relief"
    platform.discard(name, "relief")


def test_live_name_is_refused_and_a_dead_one_is_free_at_once(platform: Platform) -> None:
    first = platform.worker("unique", slots=1)
    second = platform.start_worker("unique", process="second", HEARTBEAT_LIMIT="1")
    assert second.wait() == 1
    assert "An executor named 'unique' is alive already" in second.said()
    assert platform.executor("unique")["pid"] == first.pid
    first.kill()
    again = platform.worker("unique", slots=1)
    assert platform.executor("unique")["pid"] == again.pid
    platform.discard("unique")


def test_name_whose_session_nobody_closed_is_free_after_its_silence(platform: Platform) -> None:
    """As of a worker whose machine is gone without a word."""
    with closing(psycopg2.connect(platform.database.url)) as gone, gone.cursor() as cursor:
        assert registration.take_name(cursor, "orphan")
        gone.commit()
        worker = platform.start_worker("orphan", slots=1)
        platform.wait_until(lambda: "for its end" in worker.said(), what="it waits for the name")
        # Its last words: Postgres ends the session when it has heard nothing for so long.
        cursor.execute("SET idle_session_timeout = '7s'")
        gone.commit()
        assert platform.worker("orphan", slots=1) is worker
    platform.discard("orphan")


@BOTH_POOLS
def test_terminated_worker_ends_what_runs_and_gives_back_the_rest(
    platform: Platform, gate: Gate, pool: str
) -> None:
    name = f"draining-{pool}"
    worker = platform.worker(name, slots=1, pool=pool)
    ids, waiting = submit_batch(platform, gate)
    worker.terminate()
    unstarted = ids[6:]
    platform.wait_until(
        lambda: (
            platform.executor(name)["status"] == "draining"
            and platform.client.statuses(unstarted) == {"queued": len(unstarted)}
        ),
        what="what has not started is queued",
    )
    assert {job["attempt"] for job in platform.client.jobs(unstarted)} == {0}
    assert platform.client.job(waiting)["status"] == "running"
    gate.open()
    assert worker.wait() == 0
    assert platform.executor(name)["status"] == "offline"
    done = platform.client.job(waiting)
    assert (done["status"], done["attempt"], done["executor"]) == ("completed", 1, name)
    platform.worker("successor", slots=1)
    platform.wait_final(*ids)
    jobs = platform.client.jobs(ids)
    assert {(job["status"], job["attempt"]) for job in jobs} == {("completed", 1)}
    assert not any(job["isolated"] for job in jobs)
    assert not any(platform.client.events(id_) for id_ in ids)
    platform.discard("successor")


def test_second_worker_joins_and_gets_work(platform: Platform, gates: Callable[[], Gate]) -> None:
    one, two = gates(), gates()
    platform.worker("first", slots=1)
    running = platform.client.submit_one("latch", one.payload())
    one.wait_reached()
    queued = platform.client.submit_one("latch", two.payload())
    platform.worker("joined", slots=1)
    two.wait_reached()
    assert platform.client.job(queued)["executor"] == "joined"
    one.open()
    two.open()
    platform.wait_final(running, queued)
    platform.discard("first", "joined")
