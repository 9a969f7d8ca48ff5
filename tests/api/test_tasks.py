"""Tasks over HTTP: made, listed, changed and removed."""

from __future__ import annotations

from typing import Any

import pytest
from django_celery_beat.models import PeriodicTask

from tests.api.client import NOWHERE, Api, problem

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
