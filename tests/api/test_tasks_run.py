"""Tasks from end to end: made over HTTP, fired by beat, placed by dispatchers, run by workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import requests

from tests.support.platform import Platform
from tests.support.waiting import LIMIT

_numbers = count(1)

# A row says when the transaction began that made it, which is before it saw which jobs had ended;
# an id says when it was made.
AT_ONCE = """
    SELECT max(unfinished) FROM (
        SELECT sum(step) OVER (ORDER BY at, step) AS unfinished
          FROM jobs_job,
               LATERAL (SELECT to_timestamp(
                   ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
               ) AS its (made_at),
               LATERAL (VALUES (made_at, 1), (completed_at, -1)) AS edge (at, step)
         WHERE task_id = %s AND scheduled_for < '2025-01-01'
    ) edges
"""


@dataclass
class Running:
    """A whole platform, seen by an operator over HTTP."""

    platform: Platform
    url: str
    token: str

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(
            method, f"{self.url}/api/v1/{path}", json=body, timeout=60,
            headers={"Authorization": f"Token {self.token}"},
        )  # fmt: skip
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def task(self, **fields: Any) -> str:
        """Makes a task of a name of its own; its path."""
        body = {
            "name": f"task {next(_numbers)}", "cron_expression": "* * * * * *",
            "type": "add_numbers", "payload": {"a": 1, "b": 2},
        }  # fmt: skip
        return f"tasks/{self.send('POST', 'tasks', body | fields)['id']}"

    def history(self, task: str, **wanted: Any) -> list[dict[str, Any]]:
        """The task's jobs that have these fields."""
        entries = self.send("GET", f"{task}/executions?page_size=500")["results"]
        return [entry for entry in entries if all(entry[k] == v for k, v in wanted.items())]

    def wait(self, condition: Callable[[], Any], what: str, limit: float = LIMIT) -> Any:
        return self.platform.wait_until(condition, what=what, limit=limit)


@pytest.fixture(scope="module")
def running(make_platform: Callable[..., AbstractContextManager[Platform]]) -> Iterator[Running]:
    with make_platform() as platform:
        token = platform.manage("token", "--role", "operator", "--name", "ci")
        platform.dispatcher()
        platform.beat()
        for name in ("w1", "w2"):
            platform.worker(name)
        yield Running(platform, platform.web(), token)


def test_a_task_ticks_until_it_is_paused_and_goes_on(running: Running) -> None:
    task = running.task()
    done = running.wait(
        lambda: (its := running.history(task, status="completed"))[2:] and its, "three are done"
    )
    ticks = sorted(entry["scheduled_for"] for entry in done)
    assert len(set(ticks)) == len(ticks)
    paused = running.send("POST", f"{task}/pause")
    assert not paused["enabled"]
    running.wait(lambda: running.send("GET", task)["next_run_at"] is None, "beat knows")
    before = len(running.history(task))
    assert running.send("POST", f"{task}/trigger")["scheduled_for"] is None
    running.wait(
        lambda: running.history(task, status="completed", scheduled_for=None), "it is triggered"
    )
    assert len(running.history(task)) == before + 1
    running.send("POST", f"{task}/resume")
    running.wait(lambda: len(running.history(task)) > before + 1, "it goes on")
    running.send("DELETE", task)


def test_an_edit_is_followed(running: Running) -> None:
    task = running.task(cron_expression="0 0 1 1 *")
    running.send("PATCH", task, {"cron_expression": "@every 1s", "payload": {"a": 5, "b": 6}})
    running.wait(lambda: running.history(task, status="completed"), "it ticks")
    running.send("DELETE", task)


def test_a_trigger_goes_to_the_executor_that_it_names(running: Running) -> None:
    task = running.task(cron_expression=None)
    for name in ("w2", "w1", "w2"):
        job = running.send("POST", f"{task}/trigger", {"executor": name})
        running.platform.wait_final(job["id"])
        assert running.send("GET", f"jobs/{job['id']}")["executor"] == name
    refused = requests.post(
        f"{running.url}/api/v1/{task}/trigger", json={"executor": "nobody"}, timeout=60,
        headers={"Authorization": f"Token {running.token}"},
    )  # fmt: skip
    assert refused.json()["errors"][0]["field"] == "executor"


def test_a_payload_that_stopped_fitting_fails_its_jobs_and_marks_its_task(running: Running) -> None:
    task, other = running.task(), running.task()
    running.wait(lambda: running.history(task, status="completed"), "it works")
    # As if the type had another schema since.
    running.platform.database.query(
        "UPDATE scheduling_task SET payload = '{\"a\": 1}', checked_schema = 'old' WHERE id = %s",
        [task.partition("/")[2]],
    )
    failed = running.wait(lambda: running.history(task, status="failed"), "it fails")
    assert failed[0]["error"]["code"] == "invalid_payload"
    assert "payload.b" in failed[0]["error"]["message"]
    problem = running.wait(lambda: running.send("GET", task)["problem"], "it is marked")
    assert problem["code"] == "invalid_payload"
    marked = running.send("GET", "tasks?has_problem=true")["results"]
    assert [f"tasks/{row['id']}" for row in marked] == [task]
    seen = len(running.history(other))
    running.wait(lambda: len(running.history(other)) > seen, "beat goes on")
    seen = len(running.history(task, status="completed"))
    mended = running.send("PATCH", task, {"payload": {"a": 1, "b": 2}})
    assert mended["problem"] is None
    running.wait(lambda: len(running.history(task, status="completed")) > seen, "it works again")
    for path in (task, other):
        running.send("DELETE", path)


def test_a_backfill_runs_a_few_jobs_at_once(running: Running) -> None:
    task = running.task(cron_expression="0 * * * *", end_at="2024-02-01T00:00:00Z")
    span = {"from": "2024-01-01T00:00:00Z", "to": "2024-01-03T00:00:00Z", "concurrency": 3}
    backfill = running.send("POST", f"{task}/backfill", span)
    path = f"backfills/{backfill['id']}"
    running.wait(
        lambda: running.send("GET", path)["state"] == "completed", "all jobs are made", limit=240
    )
    running.wait(lambda: len(running.history(task, status="completed")) == 48, "all are done")
    ticks = {entry["scheduled_for"] for entry in running.history(task)}
    assert ticks == {f"2024-01-0{1 + n // 24}T{n % 24:02}:00:00Z" for n in range(48)}
    most = running.platform.database.one(AT_ONCE, [task.partition("/")[2]])
    assert 1 <= int(most) <= 3
    running.send("DELETE", task)


def test_a_calendar_holds_ticks_back_and_an_edit_of_it_lets_them_go(running: Running) -> None:
    body = {"name": "long", "rules": [{"dates": ["2085-01-01/2087-06-30"]}]}
    calendar = f"calendars/{running.send('POST', 'calendars', body)['id']}"
    yearly = {"cron_expression": "0 0 1 1 *", "start_at": "2085-01-01T00:00:00Z"}
    task = running.task(calendar="long", **yearly)
    running.wait(lambda: running.send("GET", task)["next_run_at"], "beat has looked")
    assert running.send("GET", task)["next_run_at"] == "2088-01-01T00:00:00Z"
    running.send("PATCH", calendar, {"rules": [{"dates": ["2085-01-01"]}]})
    running.wait(
        lambda: running.send("GET", task)["next_run_at"] == "2086-01-01T00:00:00Z", "it follows"
    )
    running.send("DELETE", task)
