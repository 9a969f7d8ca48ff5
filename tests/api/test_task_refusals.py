"""What is wrong with a task is said at once, by field, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from scheduling.models import Task
from tests.api.client import Api, fields, problem
from tests.api.test_tasks import DAILY, SEED, make, ref


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
            {"start_at": "2086-01-02T00:00:00Z", "end_at": "2086-01-01T00:00:00Z"},
            {"end_at": "end_before_start"},
        ),
        (
            {"start_at": "2086-01-02T03:00:00Z", "end_at": "2086-01-02T04:00:00Z"},
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
        ({"executor_group": "with space"}, {"executor_group": "group_name"}),
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
            "start_at": "2086-01-02T00:00:00Z",
            "end_at": "2086-01-01T00:00:00Z",
            "calendar": "none",
        },
    )
    assert set(fields(answer)) == {
        "name", "cron_expression", "payload.a", "payload.b", "priority", "end_at", "calendar",
    }  # fmt: skip


def test_a_task_without_a_type_is_external_and_needs_no_payload(operator: Api) -> None:
    task = operator.post("tasks", SEED).json()
    assert (task["type"], task["payload"]) == ("external", None)
    assert fields(operator.post("tasks", DAILY | {"type": None})) == {"type": "string_type"}


def test_a_task_of_any_other_type_needs_its_payload(operator: Api) -> None:
    body = {name: value for name, value in DAILY.items() if name != "payload"}
    assert fields(operator.post("tasks", body)) == {"payload": "required"}


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
