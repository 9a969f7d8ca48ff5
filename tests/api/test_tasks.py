"""Tasks over HTTP: made, listed, changed, steered, and refused with all that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django_celery_beat.models import PeriodicTask

from jobs.models import Job
from scheduling.models import Task
from tests.api.client import NOWHERE, Api, fields, problem
from tests.support.rows import make_execution, make_executor, make_lease

DAILY = {
    "name": "daily sum",
    "cron_expression": "30 2 * * *",
    "timezone": "Europe/Berlin",
    "type": "add_numbers",
    "payload": {"a": 1, "b": 2},
}
SEED = {
    "name": "test_task",
    "cron_expression": "*/10 * * * * *",
    "execution_mode": "parallel",
    "load_balance_strategy": "round_robin",
}


def make(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post("tasks", DAILY | changes)
    assert answer.status_code == 201, answer.content
    return answer.json()


def ref(task: dict[str, Any]) -> str:
    return f"tasks/{task['id']}"


# --- Make, look, change, remove ----------------------------------------------------------------


def test_a_task_is_made_with_defaults(operator: Api) -> None:
    answer = operator.post("tasks", DAILY)
    task = answer.json()
    assert answer["Location"] == f"/api/v1/tasks/{task['id']}"
    assert task["id"][14] == "7"
    assert {name: task[name] for name in DAILY} == DAILY
    assert task["schedule"] == "At 02:30 every day"
    assert task["enabled"]
    assert task["execution_mode"] == "parallel"
    assert task["misfire_policy"] == "fire_once"
    assert task["misfire_limit"] == 100
    assert task["created_by"] == operator.name
    assert task["problem"] is None
    assert operator.get(answer["Location"]).json() == task
    assert operator.get("tasks/daily sum").json() == task


def test_the_seeds_body_with_a_type(operator: Api) -> None:
    task = operator.post("tasks", SEED | {"type": "AddNumbers", "payload": {"a": 1, "b": 2}}).json()
    assert {name: task[name] for name in SEED} == SEED
    assert task["type"] == "add_numbers"
    assert task["schedule"] == "Every 10 seconds"


def test_every_field_is_kept(operator: Api) -> None:
    operator.post("calendars", {"name": "nights", "rules": [{"hours": ["22:00-06:00"]}]})
    given = DAILY | {
        "type": "large_array_sum",
        "payload": {"array": [1.5, 2.5, 3.5]},
        "description": "of the day",
        "enabled": False,
        "start_at": "2030-01-01T00:00:00Z",
        "end_at": "2031-01-01T00:00:00Z",
        "calendar": "nights",
        "calendar_policy": "move",
        "misfire_policy": "fire_all",
        "misfire_grace": 5.5,
        "misfire_limit": 7,
        "priority": 9,
        "thread_demand": 2,
        "chunks": 4,
        "placement": "pack",
        "on_shortage": "wait",
        "requires": {"gpu": "true"},
        "max_attempts": 5,
        "timeout": 60.0,
        "execution_mode": "sequential",
        "max_pending": 3,
        "load_balance_strategy": "sticky",
        "executor_group": "batch",
        "handler": "sum",
    }
    made = operator.post("tasks", given)
    assert made.status_code == 201, made.content
    task = made.json()
    assert {name: task[name] for name in given} == given
    again = operator.put(ref(task), given).json()
    assert {name: again[name] for name in given} == given
    patched = operator.patch(ref(task), {}).json()
    assert {name: patched[name] for name in given} == given


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("15 30 2 * * *", "At 02:30:15 every day"),
        ("0 9 LW * *", "At 09:00 on the last weekday of every month"),
        ("@every 90s", "Every 1 minute and 30 seconds"),
        ("@every 1h30m", "Every 1 hour and 30 minutes"),
        ("@after 90s", "1 minute and 30 seconds after the last job ended"),
        ("0 12 * * MON-FRI", "At 12:00 on Monday through Friday"),
        (None, None),
    ],
)
def test_schedules_of_every_kind(operator: Api, expression: str | None, words: str | None) -> None:
    task = make(operator, cron_expression=expression)
    assert task["schedule"] == words
    again = operator.patch(ref(task), {"cron_expression": "@daily"}).json()
    assert again["schedule"] == "At 00:00 every day"
    back = operator.patch(ref(task), {"cron_expression": expression}).json()
    assert (back["cron_expression"], back["schedule"]) == (task["cron_expression"], words)


def test_a_patch_changes_what_it_names(operator: Api) -> None:
    task = make(operator, priority=3)
    changed = operator.patch(ref(task), {"name": "other", "timezone": "Asia/Tokyo"}).json()
    differs = {name for name in task if task[name] != changed[name]} - {"updated_at"}
    assert differs == {"name", "timezone"}


def test_a_put_resets_what_it_leaves_out(operator: Api) -> None:
    task = make(operator, priority=3, misfire_policy="skip")
    again = operator.put(ref(task), DAILY).json()
    assert (again["priority"], again["misfire_policy"]) == (5, "fire_once")
    assert again["id"] == task["id"]


def test_a_task_is_removed_and_its_jobs_stay(operator: Api) -> None:
    task = make(operator)
    job = operator.post(f"{ref(task)}/trigger").json()
    assert operator.delete(ref(task)).status_code == 204
    problem(operator.get(ref(task)), 404)
    problem(operator.delete(ref(task)), 404)
    assert not PeriodicTask.objects.filter(name=DAILY["name"]).exists()
    assert operator.get(f"jobs/{job['id']}").json()["task"] == task["id"]


def test_nothing_is_there(operator: Api, viewer: Api) -> None:
    for path in ("", "/preview", "/executions"):
        problem(viewer.get(f"tasks/{NOWHERE}{path}"), 404)
        problem(viewer.get(f"tasks/nothing{path}"), 404)
    for path in ("/trigger", "/pause", "/resume"):
        problem(operator.post(f"tasks/{NOWHERE}{path}"), 404)
    problem(operator.patch(f"tasks/{NOWHERE}", {}), 404)
    problem(operator.put("tasks/a%00b", DAILY), 404)


def test_lists_are_filtered_ordered_and_paged(operator: Api, viewer: Api) -> None:
    operator.post("calendars", {"name": "nights", "rules": [{"hours": ["22:00-06:00"]}]})
    for number in range(5):
        make(operator, name=f"task {4 - number}", enabled=number % 2 == 0)
    make(
        operator,
        name="echo",
        type="reverse_string",
        payload={"text": "x"},
        cron_expression="@hourly",
        calendar="nights",
        execution_mode="skip",
    )

    def names(**query: Any) -> list[str]:
        return [row["name"] for page in viewer.pages("tasks", **query) for row in page]

    assert names() == ["echo", *(f"task {n}" for n in range(5))]
    assert names(ordering="name", page_size=2) == ["echo", *(f"task {n}" for n in range(5))]
    assert names(name="TASK", ordering="-name", page_size=2) == [f"task {4 - n}" for n in range(5)]
    assert names(type="ReverseString") == names(calendar="nights") == ["echo"]
    assert names(execution_mode="skip") == ["echo"]
    assert names(enabled="false", ordering="name") == ["task 1", "task 3"]
    assert names(has_problem="true") == []
    assert len(names(ordering="next_run_at", page_size=1)) == 6
    problem(viewer.get("tasks", cron="x"), 400)


# --- Roles -------------------------------------------------------------------------------------


def test_a_viewer_reads_and_previews_and_does_no_more(operator: Api, viewer: Api) -> None:
    task = make(operator)
    for path in ("tasks", ref(task), f"{ref(task)}/preview", f"{ref(task)}/executions"):
        assert viewer.get(path).status_code == 200
    assert viewer.post("tasks/preview", {"cron_expression": "@daily"}).status_code == 200
    problem(viewer.post("tasks", DAILY), 403)
    problem(viewer.patch(ref(task), {}), 403)
    problem(viewer.put(ref(task), DAILY), 403)
    problem(viewer.delete(ref(task)), 403)
    for verb in ("trigger", "pause", "resume"):
        problem(viewer.post(f"{ref(task)}/{verb}"), 403)


# --- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cron_expression": "0 0 31 2 *"}, {"cron_expression": "invalid_schedule"}),
        ({"cron_expression": "* * * * * * *"}, {"cron_expression": "invalid_schedule"}),
        ({"cron_expression": "@every 10ms"}, {"cron_expression": "invalid_schedule"}),
        ({"cron_expression": ""}, {"cron_expression": "invalid_schedule"}),
        ({"cron_expression": 5}, {"cron_expression": "string_type"}),
        ({"timezone": "Mars/Olympus"}, {"timezone": "unknown_timezone"}),
        ({"timezone": "Mars/Olympus", "cron_expression": None}, {"timezone": "unknown_timezone"}),
        (
            {"start_at": "2030-01-02T00:00:00Z", "end_at": "2030-01-01T00:00:00Z"},
            {"end_at": "end_before_start"},
        ),
        (
            {"start_at": "2030-01-02T03:00:00Z", "end_at": "2030-01-02T04:00:00Z"},
            {"end_at": "never_fires"},
        ),
        ({"start_at": "tomorrow"}, {"start_at": "time"}),
        (
            {"start_at": "9999-12-31T23:59:59Z", "cron_expression": "@every 1h"},
            {"start_at": "too_late"},
        ),
        ({"calendar": "nothing"}, {"calendar": "calendar_not_found"}),
        ({"payload": {"a": 1}}, {"payload.b": "required"}),
        ({"type": "nothing"}, {"type": "unknown_job_type"}),
        ({"execution_mode": "sometimes"}, {"execution_mode": "enum"}),
        ({"misfire_policy": "x"}, {"misfire_policy": "enum"}),
        ({"load_balance_strategy": "x"}, {"load_balance_strategy": "enum"}),
        ({"misfire_limit": 0}, {"misfire_limit": "greater_than_equal"}),
        ({"misfire_grace": -1}, {"misfire_grace": "greater_than_equal"}),
        ({"priority": 10}, {"priority": "less_than_equal"}),
        ({"chunks": 4}, {"chunks": "not_chunkable"}),
        ({"name": ""}, {"name": "string_too_short"}),
        ({"name": "a\0b"}, {"name": "nul"}),
        ({"name": None}, {"name": "string_type"}),
        ({"description": "\0"}, {"description": "string_pattern_mismatch"}),
        ({"nonsense": 1}, {"nonsense": "unknown_field"}),
    ],
)
def test_a_wrong_field_is_named(
    operator: Api, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert fields(operator.post("tasks", DAILY | changes)) == expected
    assert not Task.objects.exists()
    task = make(operator)
    assert fields(operator.patch(ref(task), changes)) == expected
    assert operator.get(ref(task)).json() == task


def test_all_that_is_wrong_is_said_at_once(operator: Api) -> None:
    answer = operator.post(
        "tasks",
        {
            "name": 5,
            "cron_expression": "61 * * * *",
            "timezone": "UTC",
            "type": "add_numbers",
            "payload": {"a": "x"},
            "priority": 11,
            "start_at": "2030-01-02T00:00:00Z",
            "end_at": "2030-01-01T00:00:00Z",
            "calendar": "none",
        },
    )
    assert set(fields(answer)) == {
        "name", "cron_expression", "payload.a", "payload.b", "priority", "end_at", "calendar",
    }  # fmt: skip


def test_a_task_without_a_type_is_told_what_to_do(operator: Api) -> None:
    error = problem(operator.post("tasks", SEED), 400)["errors"][0]
    assert error["field"] == "type"
    assert "/api/v1/job-types" in error["message"]


def test_a_name_is_taken_once(operator: Api) -> None:
    task = make(operator)
    other = make(operator, name="other")
    assert fields(operator.post("tasks", DAILY), 409) == {"name": "name_taken"}
    assert fields(operator.patch(ref(other), {"name": task["name"]}), 409) == {"name": "name_taken"}
    assert operator.patch(ref(task), {"name": task["name"]}).status_code == 200
    both = operator.post("tasks", DAILY | {"priority": 11})
    assert fields(both) == {"name": "name_taken", "priority": "less_than_equal"}


def test_a_calendar_that_excludes_every_tick(operator: Api) -> None:
    operator.post("calendars", {"name": "nights", "rules": [{"hours": ["22:00-06:00"]}]})
    never = DAILY | {"calendar": "nights", "timezone": "UTC"}
    assert fields(operator.post("tasks", never)) == {"calendar": "never_fires"}
    assert operator.post("tasks", never | {"calendar_policy": "move"}).status_code == 201


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_what_is_no_task_at_all(operator: Api, body: Any) -> None:
    problem(operator.post("tasks", body), 400)
    task = make(operator)
    problem(operator.patch(ref(task), body), 400)
    problem(operator.put(ref(task), body), 400)


def test_a_payload_that_stopped_fitting_hinders_no_other_change(operator: Api) -> None:
    task = make(operator)
    Task.objects.filter(pk=task["id"]).update(payload={"a": "one"})
    assert operator.patch(ref(task), {"priority": 8}).json()["priority"] == 8
    assert fields(operator.patch(ref(task), {"type": "add_numbers"})) == {
        "payload.a": "number_type",
        "payload.b": "required",
    }


def test_an_ended_task_can_be_renamed(operator: Api) -> None:
    task = make(operator, start_at="2020-01-01T00:00:00Z", end_at="2021-01-01T00:00:00Z")
    assert operator.patch(ref(task), {"name": "old"}).status_code == 200
    assert operator.get(f"{ref(task)}/preview").json()["ticks"] == []


# --- Trigger, pause, preview, history ----------------------------------------------------------


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
    task = make(operator, cron_expression="15 30 2 * * *", start_at="2030-03-30T12:00:00Z")
    seen = viewer.get(f"{ref(task)}/preview", count=2).json()
    assert seen == {
        "cron_expression": "15 30 2 * * *",
        "timezone": "Europe/Berlin",
        "schedule": "At 02:30:15 every day",
        "ticks": [
            {
                "at": "2030-03-31T01:00:00Z",
                "local": "2030-03-31T03:00:00+02:00",
                "words": "Sunday, 31 March 2030, 03:00:00 CEST",
            },
            {
                "at": "2030-04-01T00:30:15Z",
                "local": "2030-04-01T02:30:15+02:00",
                "words": "Monday, 1 April 2030, 02:30:15 CEST",
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
        "start_at": "2040-01-01T00:00:00Z",
        "count": 2,
    }
    ticks = viewer.post("tasks/preview", body).json()["ticks"]
    assert [tick["at"] for tick in ticks] == ["2040-01-01T00:00:00Z", "2040-01-01T00:00:20Z"]
    assert ticks[0]["local"] == "2040-01-01T05:45:00+05:45"
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
