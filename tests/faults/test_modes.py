"""Execution modes and chains on real processes that are killed while tasks tick."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from jobs.wake import WORK
from scheduling import firing
from tests.faults.beats import stop_ticks
from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.task_rows import insert_tasks

pytestmark = pytest.mark.faults

_numbers = count(1)
YEARLY = "0 0 0 1 1 *"
TRIGGERS = 20


class Tasks:
    """Tasks on a platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def add(
        self, job_type: str, payload: dict[str, Any], expression: str = YEARLY, **columns: Any
    ) -> str:
        """A task with such columns; its id."""
        sets = "".join(f", {name} = %({name})s" for name in columns)
        with self.platform.database.transaction(cursor_factory=None) as cursor:
            (id_,) = insert_tasks(
                cursor, 1, expression, prefix=f"mode-{next(_numbers)}-", job_type=job_type,
                payload=json.dumps(payload), policy="fire_all",
            )  # fmt: skip
            cursor.execute(
                f"UPDATE scheduling_task SET checked_schema = '' {sets} WHERE id = %(id)s",
                columns | {"id": id_},
            )
        return id_

    def trigger(self, id_: str, times: int = 1) -> list[str]:
        """Jobs of the task, one after another on a connection of their own; their ids."""
        ids = []
        with closing(psycopg2.connect(self.platform.database.url)) as its:
            for _ in range(times):
                with its, its.cursor() as cursor:
                    ids.append(firing.trigger(cursor, id_).id)
                with its, its.cursor() as cursor:
                    cursor.execute(f"NOTIFY {WORK}")
        return ids

    def trigger_at_once(self, id_: str, times: int) -> list[list[str]]:
        """The same on many connections at once; the ids by connection, each in their order."""
        start = threading.Barrier(TRIGGERS)

        def one(_: int) -> list[str]:
            start.wait(timeout=60)
            return self.trigger(id_, times)

        with ThreadPoolExecutor(TRIGGERS) as pool:
            return list(pool.map(one, range(TRIGGERS)))

    def states(self, id_: str) -> Counter[str]:
        """How many of the task's jobs are in which state."""
        rows = self.platform.database.query(
            "SELECT status, count(*) FROM jobs_job WHERE task_id = %s GROUP BY status", [id_]
        )
        return Counter({row["status"]: row["count"] for row in rows})

    def wait_idle(self, *ids: str) -> None:
        """Waits until all their jobs have ended."""
        open_jobs = "SELECT id FROM jobs_job WHERE task_id = ANY(%s::uuid[]) AND is_active"
        self.platform.wait_until(
            lambda: not self.platform.database.query(open_jobs, [list(ids)]),
            limit=300,
            what="the tasks' jobs have ended",
        )

    def stop(self) -> None:
        """No more ticks, and no open jobs."""
        database = self.platform.database
        for name, process in self.platform.processes.items():
            if "beat" in name:
                process.kill()
        database.query("TRUNCATE django_celery_beat_periodictask CASCADE")
        ids = [str(row["id"]) for row in database.query("SELECT id FROM jobs_job WHERE is_active")]
        self.platform.client.cancel(*ids)


@pytest.fixture
def tasks(platform: Platform) -> Iterator[Tasks]:
    """Tasks, on a platform with a worker of four slots."""
    tasks = Tasks(platform)
    platform.worker("modes", slots=4)
    yield tasks
    tasks.stop()
    platform.wait_until(
        lambda: not platform.database.query("SELECT id FROM jobs_job WHERE is_active"),
        what="all jobs have ended",
    )
    platform.discard("modes")


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Where one may be at a time."""
    return tmp_path


def visitors(room: Path) -> list[str]:
    """Who was there, in their order."""
    return (room / "book").read_text().split()


def is_in_order(those: list[str], order: list[str]) -> bool:
    places = {id_: place for place, id_ in enumerate(order)}
    return sorted(those, key=places.__getitem__) == those


def test_sequential_is_one_at_a_time_and_in_order_whoever_dies(
    platform: Platform, tasks: Tasks, room: Path
) -> None:
    """Two beats and two dispatchers, of which the leaders are killed while twenty trigger."""
    beat, _ = platform.beat("beat-1"), platform.beat("beat-2", leads=False)
    dispatcher = platform.dispatcher()
    standby = platform.dispatcher("standby", leads=False)
    task = tasks.add(
        "loner", {"path": str(room), "seconds": 0.01}, "* * * * * *",
        execution_mode="sequential", max_pending=10_000,
    )  # fmt: skip
    platform.wait_until(lambda: tasks.states(task), what="it ticks")
    with ThreadPoolExecutor(1) as pool:
        triggered = pool.submit(tasks.trigger_at_once, task, 6)
        platform.wait_until(lambda: tasks.states(task)["completed"] > 10, what="some have run")
        beat.kill()
        dispatcher.kill()
        by_connection = triggered.result(timeout=120)
    platform.wait_until(lambda: platform.leads(standby), what="the standby leads")
    stop_ticks(platform)
    tasks.wait_idle(task)
    standby.kill()
    assert set(tasks.states(task)) == {"completed"}
    order = visitors(room)
    for ids in by_connection:
        assert is_in_order(ids, order)
    ticks = platform.database.query(
        "SELECT id FROM jobs_job WHERE task_id = %s AND scheduled_for IS NOT NULL"
        " ORDER BY scheduled_for",
        [task],
    )
    assert is_in_order([str(row["id"]) for row in ticks], order)


def test_skip_drops_what_comes_while_one_is_there(
    platform: Platform, tasks: Tasks, room: Path
) -> None:
    platform.beat("beat-1")
    platform.beat("beat-2", leads=False)
    task = tasks.add(
        "loner", {"path": str(room), "seconds": 0.05}, "* * * * * *", execution_mode="skip"
    )
    tasks.trigger_at_once(task, 10)
    stop_ticks(platform)
    tasks.wait_idle(task)
    states = tasks.states(task)
    assert set(states) == {"completed", "cancelled"}
    dropped = "SELECT count(*) FROM jobs_job WHERE task_id = %s AND error->>'code' = 'skipped'"
    assert platform.database.one(dropped, [task]) >= states["cancelled"] > 0


def test_replace_leaves_the_last_one(platform: Platform, tasks: Tasks, gate: Gate) -> None:
    task = tasks.add("latch", gate.payload(), execution_mode="replace")
    (first,) = tasks.trigger(task)
    gate.wait_reached()
    gate.forget()
    ids = [id_ for ids in tasks.trigger_at_once(task, 3) for id_ in ids]
    platform.wait_until(
        lambda: tasks.states(task) == {"running": 1, "cancelled": len(ids)},
        what="one is left, and runs",
    )
    assert platform.client.job(first)["status"] == "cancelled"
    gate.wait_reached()
    gate.open()
    tasks.wait_idle(task)
    assert tasks.states(task) == {"completed": 1, "cancelled": len(ids)}


def test_end_that_no_dispatcher_saw_is_followed_by_the_next_one(
    platform: Platform, tasks: Tasks, gate: Gate
) -> None:
    then = tasks.add("noop", {})
    task = tasks.add("latch", gate.payload(), execution_mode="sequential", on_success_id=then)
    ids = tasks.trigger(task, times=3)
    gate.wait_reached()
    platform.dispatcher().kill()
    gate.open()
    platform.wait_final(ids[0])
    assert tasks.states(task) == {"completed": 1, "waiting": 2}
    assert not tasks.states(then)
    platform.dispatcher()
    tasks.wait_idle(task)
    platform.wait_until(lambda: tasks.states(then) == {"completed": 3}, what="all were followed")


def test_each_end_has_one_child_though_dispatchers_are_killed(
    platform: Platform, tasks: Tasks
) -> None:
    last = tasks.add("heir", {})
    middle = tasks.add("heir", {}, on_success_id=last)
    first = tasks.add("echo", {"n": 7}, on_success_id=middle)
    for _ in range(4):
        tasks.trigger(first, times=50)
        platform.dispatcher().kill()
        platform.dispatcher()
    platform.wait_until(lambda: tasks.states(last)["completed"] == 200, what="all chains end")
    tasks.wait_idle(first, middle, last)
    assert [tasks.states(task) for task in (first, middle, last)] == [{"completed": 200}] * 3
    twice = "SELECT parent_id FROM jobs_job GROUP BY parent_id HAVING count(*) > 1"
    assert [row["parent_id"] for row in platform.database.query(twice)] in ([], [None])
    results = "SELECT DISTINCT result->>'n' AS n FROM jobs_job WHERE task_id = %s"
    assert [row["n"] for row in platform.database.query(results, [last])] == ["9"]


def test_task_that_fails_pauses_itself(platform: Platform, tasks: Tasks) -> None:
    platform.beat("beat-1")
    task = tasks.add(
        "raise_error", {"message": "no"}, "*/2 * * * * *",
        execution_mode="sequential", pause_after_failures=3, max_attempts=1,
    )  # fmt: skip
    reason = "SELECT pause_reason FROM scheduling_task WHERE id = %s"
    found = platform.wait_until(lambda: platform.database.one(reason, [task]), what="it is paused")
    assert found["code"] == "failed_too_often"
    assert "3 times in a row" in found["message"]
    due = """
        SELECT at FROM scheduling_nextrun run
          JOIN scheduling_task task ON task.periodic_task_id = run.periodic_task_id
         WHERE task.id = %s
    """
    platform.wait_until(
        lambda: platform.database.one(due, [task]) is None, what="there is no next tick"
    )
    tasks.wait_idle(task)
    # There are more if a tick came before the third had failed.
    assert set(tasks.states(task)) == {"failed"}


def test_retry_policy_of_a_task(platform: Platform, tasks: Tasks) -> None:
    policy = {"strategy": "list", "delays": [0.01, 0.01], "give_up_on": ["LookupError"]}
    task = tasks.add("raise_error", {"message": "no"}, retry_policy=json.dumps(policy))
    (id_,) = tasks.trigger(task)
    platform.wait_final(id_)
    assert (platform.client.job(id_)["attempt"], platform.client.job(id_)["status"]) == (
        3,
        "failed",
    )
