"""Tasks are triggered, paused, previewed and looked back at over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.models import Job
from scheduling.models import Task
from tests.api.client import NOWHERE, Api, fields, problem
from tests.api.test_tasks import DAILY, make, ref
from tests.support.rows import make_execution, make_executor, make_lease


def test_a_trigger_makes_a_job_at_once(operator: Api) -> None:
    task = make(operator, priority=3, enabled=False)
    answer = operator.post(f"{ref(task)}/trigger")
    assert answer.status_code == 201
    job = answer.json()
    assert answer["Location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["task"], job["scheduled_for"]) == (task["id"], None)
    assert (job["status"], job["priority"], job["payload"]) == ("queued", 3, DAILY["payload"])
    assert (job["name"], job["submitted_by"]) == ("daily sum", operator.name)


def test_a_trigger_with_its_own_payload_and_priority(operator: Api) -> None:
    task = make(operator)
    body = {"payload": {"a": 5, "b": 6}, "priority": 9}
    job = operator.post("tasks/daily sum/trigger", body).json()
    assert (job["payload"], job["priority"]) == (body["payload"], 9)
    assert operator.get(ref(task)).json()["payload"] == DAILY["payload"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"payload": {"a": 1}}, {"payload.b": "required"}),
        ({"payload": None}, {"payload": "model_type"}),
        ({"priority": 10}, {"priority": "less_than_equal"}),
        ({"nonsense": 1}, {"nonsense": "unknown_field"}),
        ([], {"body": "model_type"}),
    ],
)
def test_a_trigger_is_checked(operator: Api, body: Any, expected: dict[str, str]) -> None:
    task = make(operator)
    assert fields(operator.post(f"{ref(task)}/trigger", body)) == expected
    assert not Job.objects.exists()


def test_a_task_whose_type_is_gone(operator: Api) -> None:
    task = make(operator)
    Task.objects.update(type="gone")
    for body in ({}, {"payload": {}}):
        answer = fields(operator.post(f"{ref(task)}/trigger", body))
        assert answer == {"type": "unknown_job_type"}
    assert operator.get(ref(task)).json()["type"] == "gone"
    assert operator.post(f"{ref(task)}/pause").status_code == 200


def test_a_task_is_paused_and_goes_on(operator: Api) -> None:
    task = make(operator)
    assert not operator.post(f"{ref(task)}/pause").json()["enabled"]
    assert not operator.post(f"{ref(task)}/pause").json()["enabled"]
    assert operator.post(f"{ref(task)}/resume").json()["enabled"]


def test_a_preview_is_in_times_and_words(operator: Api, viewer: Api) -> None:
    task = make(operator, cron_expression="15 30 2 * * *", start_at="2086-03-30T12:00:00Z")
    seen = viewer.get(f"{ref(task)}/preview", count=2).json()
    assert seen == {
        "cron_expression": "15 30 2 * * *",
        "timezone": "Europe/Berlin",
        "schedule": "At 02:30:15 every day",
        "ticks": [
            {
                "at": "2086-03-31T01:00:00Z",
                "local": "2086-03-31T03:00:00+02:00",
                "words": "Sunday, 31 March 2086, 03:00:00 CEST",
            },
            {
                "at": "2086-04-01T00:30:15Z",
                "local": "2086-04-01T02:30:15+02:00",
                "words": "Monday, 1 April 2086, 02:30:15 CEST",
            },
        ],
    }
    assert len(viewer.get(f"{ref(task)}/preview").json()["ticks"]) == 10
    for wrong in ({"count": 0}, {"count": "x"}, {"count": 1001}, {"counts": 1}):
        problem(viewer.get(f"{ref(task)}/preview", **wrong), 400)


def test_a_preview_of_what_is_only_triggered(operator: Api) -> None:
    task = make(operator, cron_expression=None)
    seen = operator.get(f"{ref(task)}/preview").json()
    assert (seen["cron_expression"], seen["schedule"], seen["ticks"]) == (None, None, [])


def test_a_preview_of_what_is_not_saved(viewer: Api) -> None:
    body = {
        "cron_expression": "*/20 * * * * *",
        "timezone": "Asia/Kathmandu",
        "start_at": "2096-01-01T00:00:00Z",
        "count": 2,
    }
    ticks = viewer.post("tasks/preview", body).json()["ticks"]
    assert [tick["at"] for tick in ticks] == ["2096-01-01T00:00:00Z", "2096-01-01T00:00:20Z"]
    assert ticks[0]["local"] == "2096-01-01T05:45:00+05:45"
    wrong = {"cron_expression": "x", "timezone": "y", "count": 0, "calendar": "none"}
    assert set(fields(viewer.post("tasks/preview", wrong))) == {"timezone", "count", "calendar"}


def test_the_ends_of_time(viewer: Api) -> None:
    ends = {"start_at": "0001-01-01T00:00:00Z", "end_at": "9999-12-31T23:59:59Z"}
    for expression in ("@every 1h", "@after 1h", "* * * * *"):
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            body = ends | {"cron_expression": expression, "timezone": zone}
            ticks = viewer.post("tasks/preview", body).json()["ticks"]
            assert len(ticks) == (1 if expression == "@after 1h" else 10)


def test_a_fixed_delay_is_previewed_as_if_its_job_ended_now(viewer: Api) -> None:
    before = datetime.now(UTC)
    (tick,) = viewer.post("tasks/preview", {"cron_expression": "@after 1h"}).json()["ticks"]
    at = datetime.fromisoformat(tick["at"])
    assert before + timedelta(minutes=59) < at


def test_the_history_of_a_task(operator: Api, viewer: Api) -> None:
    task, other = make(operator), make(operator, name="other")
    jobs = [operator.post(f"{ref(task)}/trigger").json()["id"] for _ in range(3)]
    operator.post(f"{ref(other)}/trigger")
    operator.post(f"jobs/{jobs[0]}/cancel")
    pages = viewer.pages(f"{ref(task)}/executions", page_size=2)
    assert [len(page) for page in pages] == [2, 1]
    entries = [entry for page in pages for entry in page]
    assert [entry["job"] for entry in entries] == jobs[::-1]
    assert [entry["status"] for entry in entries] == ["queued", "queued", "cancelled"]
    assert entries[0]["submitted_by"] == operator.name


def test_jobs_and_executions_are_filtered_by_task(operator: Api, viewer: Api) -> None:
    task, other = make(operator), make(operator, name="other")
    job = Job.objects.get(pk=operator.post(f"{ref(task)}/trigger").json()["id"])
    operator.post(f"{ref(other)}/trigger")
    operator.submit()
    make_execution(job, make_lease(make_executor()))
    Job.objects.filter(pk=job.pk).update(scheduled_for="2030-01-01T00:00:00Z")

    def found(path: str, value: str) -> list[dict[str, Any]]:
        return viewer.get(path, task=value).json()["results"]

    for value in (task["id"], task["name"]):
        (row,) = found("jobs", value)
        assert (row["task"], row["scheduled_for"]) == (task["id"], "2030-01-01T00:00:00Z")
        (row,) = found("executions", value)
        assert (row["task"], row["scheduled_for"]) == (task["id"], "2030-01-01T00:00:00Z")
        assert row["job"] == str(job.pk)
    assert found("jobs", "nothing") == found("executions", NOWHERE) == []
    operator.delete(ref(task))
    assert len(found("jobs", task["id"])) == 1


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_pause_and_resume_take_no_fields(operator: Api, verb: str) -> None:
    task = make(operator)
    answer = operator.post(f"{ref(task)}/{verb}", {"enabled": False})
    assert fields(answer) == {"enabled": "unknown_field"}
    assert operator.get(ref(task)).json()["enabled"] is True
