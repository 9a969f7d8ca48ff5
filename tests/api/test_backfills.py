"""Backfills over HTTP, and fed as beat feeds them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from jobs.models import Job
from scheduling.defining import backfilling
from scheduling.models import Backfill, Task
from tests.api.client import NOWHERE, Api, fields, problem
from tests.support.waiting import wait_until

HOURLY = {
    "name": "hourly",
    "cron_expression": "0 * * * *",
    "type": "add_numbers",
    "payload": {"a": 1, "b": 2},
}
SPAN = {"from": "2024-01-01T00:00:00Z", "to": "2024-01-01T05:00:00Z"}


def make(api: Api, **changes: Any) -> str:
    answer = api.post("tasks", HOURLY | changes)
    assert answer.status_code == 201, answer.content
    return f"tasks/{answer.json()['id']}"


def start(api: Api, task: str, **changes: Any) -> str:
    answer = api.post(f"{task}/backfill", SPAN | changes)
    assert answer.status_code == 201, answer.content
    return answer["Location"]


def feed() -> int:
    with connection.cursor() as cursor:
        return backfilling.feed(cursor)


def finish(**which: Any) -> None:
    """Ends jobs, as a worker would."""
    now = datetime.now(UTC)
    Job.objects.filter(is_active=True, **which).update(
        status="completed", started_at=now, completed_at=now
    )


def hours() -> list[int]:
    made = Job.objects.filter(scheduled_for__year=2024).order_by("scheduled_for")
    return [moment.hour for moment in made.values_list("scheduled_for", flat=True)]


def test_a_dry_run_says_what_it_would_do(operator: Api) -> None:
    task = make(operator)
    answer = operator.post(f"{task}/backfill", SPAN | {"dry_run": True})
    assert answer.status_code == 200
    said = answer.json()
    assert (said["ticks"], said["existing"], said["dry_run"]) == (5, 0, True)
    assert said["times"][0] == "2024-01-01T00:00:00Z"
    assert said["times"][-1] == "2024-01-01T04:00:00Z"
    assert not Backfill.objects.exists()
    assert feed() == 0


def test_a_few_jobs_at_once_until_every_tick_has_its_own(operator: Api, viewer: Api) -> None:
    task = make(operator)
    path = start(operator, task, concurrency=2, priority=1)
    assert viewer.get(path).json()["state"] == "running"
    assert feed() == 2
    assert feed() == 0
    assert hours() == [0, 1]
    finish(scheduled_for__hour=1)
    assert feed() == 1
    finish()
    assert feed() == 2
    assert feed() == 0
    assert hours() == [0, 1, 2, 3, 4]
    said = viewer.get(path).json()
    assert (said["state"], said["ticks"], said["done"]) == ("completed", 5, 5)
    job = Job.objects.filter(scheduled_for__hour=3).get()
    assert (job.priority, job.submitted_by, job.name) == (1, operator.name, "hourly")
    assert str(job.task_id) in task


def test_a_tick_that_has_its_job_gets_no_second_one(operator: Api, viewer: Api) -> None:
    task = make(operator)
    start(operator, task, to="2024-01-01T02:00:00Z", concurrency=9)
    assert feed() == 2
    finish()
    said = operator.post(f"{task}/backfill", SPAN | {"dry_run": True}).json()
    assert (said["ticks"], said["existing"]) == (5, 2)
    path = start(operator, task, concurrency=9)
    assert feed() == 3
    assert viewer.get(path).json()["existing"] == 2
    assert hours() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("mode", ["skip", "sequential", "replace"])
def test_where_no_two_may_run_at_once_a_backfill_waits_for_every_job(
    operator: Api, mode: str
) -> None:
    task = make(operator, execution_mode=mode)
    operator.post(f"{task}/trigger")
    start(operator, task, concurrency=9)
    start(operator, task, concurrency=9, to="2024-01-01T06:00:00Z")
    assert feed() == 0
    finish()
    for _ in range(5):
        assert feed() == 1
        assert feed() == 0
        finish()


def test_many_whose_jobs_do_not_end_keep_no_other_waiting(operator: Api) -> None:
    stuck = [make(operator, name=f"stuck {n}") for n in range(backfilling.AT_ONCE)]
    for task in stuck:
        start(operator, task)
    assert feed() == backfilling.AT_ONCE
    start(operator, make(operator))
    assert wait_until(feed, what="the last one gets its turn") == 1


def test_a_backfill_is_cancelled(operator: Api, viewer: Api) -> None:
    task = make(operator)
    path = start(operator, task)
    assert feed() == 1
    assert operator.post(f"{path}/cancel").json()["state"] == "cancelled"
    finish()
    assert feed() == 0
    assert hours() == [0]
    problem(operator.post(f"{path}/cancel"), 409)
    problem(operator.post(f"backfills/{NOWHERE}/cancel"), 404)
    problem(viewer.get(f"backfills/{NOWHERE}"), 404)
    problem(viewer.post(f"{path}/cancel"), 403)
    problem(viewer.post(f"{task}/backfill", SPAN), 403)


def test_backfills_are_listed(operator: Api, viewer: Api) -> None:
    task, other = make(operator), make(operator, name="other")
    paths = [start(operator, task), start(operator, other), start(operator, task)]
    operator.post(f"{paths[0]}/cancel")

    def found(**query: Any) -> list[str]:
        rows = viewer.get("backfills", **query).json()["results"]
        return [f"/api/v1/backfills/{row['id']}" for row in rows]

    assert found() == paths[::-1]
    assert found(task="hourly") == [paths[2], paths[0]]
    assert found(running="true") == [paths[2], paths[1]]
    assert found(task="nothing") == []


def test_what_can_not_run_ends_with_the_reason(operator: Api, viewer: Api) -> None:
    task = make(operator)
    path = start(operator, task)
    Task.objects.update(type="gone")
    assert feed() == 0
    said = viewer.get(path).json()
    assert (said["state"], said["error"]["code"]) == ("failed", "unknown_job_type")


def test_a_payload_that_stopped_fitting_fails_each_job(operator: Api) -> None:
    task = make(operator)
    start(operator, task)
    Task.objects.update(payload={"a": 1}, checked_schema="")
    feed()
    job = Job.objects.get()
    assert (job.status, job.error["code"]) == ("failed", "invalid_payload")


def test_what_fires_at_a_fixed_rate_is_counted_back(operator: Api) -> None:
    task = make(operator, cron_expression="@every 15m")
    said = operator.post(f"{task}/backfill", SPAN | {"dry_run": True}).json()
    assert said["ticks"] == 20


def test_a_backfill_keeps_to_the_calendar_and_the_start(operator: Api) -> None:
    operator.post("calendars", {"name": "early", "rules": [{"hours": ["00:00-03:00"]}]})
    task = make(operator, calendar="early", start_at="2024-01-01T03:30:00Z")
    said = operator.post(f"{task}/backfill", SPAN | {"dry_run": True}).json()
    assert said["times"] == ["2024-01-01T04:00:00Z"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"to": "2024-01-01T00:00:00Z"}, {"to": "end_before_start"}),
        ({"to": "2100-01-01T00:00:00Z"}, {"to": "in_the_future"}),
        ({"from": "2000-01-01T00:00:00Z"}, {"to": "too_many_ticks"}),
        ({"from": "2024-01-01T04:00:01Z"}, {"to": "no_ticks"}),
        ({"from": None}, {"from": "datetime_type"}),
        ({"from": "0001-01-01T00:00:00Z"}, {"from": "too_early"}),
        ({"from": "yesterday", "to": 5}, {"from": "time", "to": "time"}),
        ({"dry_run": 1}, {"dry_run": "bool_type"}),
        ({"concurrency": 0}, {"concurrency": "greater_than_equal"}),
        ({"concurrency": 101}, {"concurrency": "less_than_equal"}),
        ({"nonsense": 1}, {"nonsense": "unknown_field"}),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(
    operator: Api, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    task = make(operator)
    assert fields(operator.post(f"{task}/backfill", SPAN | changes)) == expected


def test_ten_million_ticks_are_refused_at_once(operator: Api) -> None:
    task = make(operator, cron_expression="* * * * * *")
    body = {"from": "2024-01-01T00:00:00Z", "to": "2024-04-26T00:00:00Z"}
    error = problem(operator.post(f"{task}/backfill", body), 400)["errors"][0]
    assert (error["field"], error["code"]) == ("to", "too_many_ticks")
    assert "2024-01-01T02:46:40Z" in error["message"]


@pytest.mark.parametrize("expression", [None, "@after 1h"])
def test_what_has_no_ticks_of_the_past(operator: Api, expression: str | None) -> None:
    task = make(operator, cron_expression=expression)
    problem(operator.post(f"{task}/backfill", SPAN), 409)
