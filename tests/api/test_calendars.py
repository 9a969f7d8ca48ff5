"""Calendars and schedulers over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from executors.models import Process
from scheduling.models import Calendar
from tests.api.client import NOWHERE, Api, fields, problem

BUSINESS = {
    "name": "business hours",
    "mode": "allow",
    "timezone": "Europe/Berlin",
    "rules": [{"weekdays": ["mon", "tue"], "hours": ["09:00-17:30"], "but": ["12-25"]}],
}
TASK = {
    "name": "hourly",
    "cron_expression": "0 * * * *",
    "timezone": "Europe/Berlin",
    "type": "add_numbers",
    "payload": {"a": 1, "b": 2},
    "start_at": "2086-06-03T00:00:00Z",
}


def make(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post("calendars", BUSINESS | changes)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_calendar_is_made_changed_and_removed(operator: Api, viewer: Api) -> None:
    answer = operator.post("calendars", BUSINESS)
    calendar = answer.json()
    assert answer["Location"] == f"/api/v1/calendars/{calendar['id']}"
    assert {name: calendar[name] for name in BUSINESS} == BUSINESS
    assert (calendar["tasks"], calendar["description"]) == (0, "")
    path = f"calendars/{calendar['id']}"
    assert viewer.get(path).json() == viewer.get("calendars/business hours").json() == calendar
    changed = operator.patch(path, {"description": "of the office"}).json()
    assert changed["description"] == "of the office"
    assert changed["rules"] == BUSINESS["rules"]
    other = {"name": "nights", "rules": [{"hours": ["22:00-06:00"]}]}
    replaced = operator.put(path, other).json()
    assert (replaced["mode"], replaced["timezone"]) == ("exclude", "UTC")
    assert operator.delete(path).status_code == 204
    problem(viewer.get(path), 404)
    problem(operator.delete(path), 404)


def test_lists_of_calendars(operator: Api, viewer: Api) -> None:
    for name in ("c", "a", "b"):
        make(operator, name=name)
    make(operator, name="nights", mode="exclude", rules=[{"hours": ["22:00-06:00"]}])

    def names(**query: Any) -> list[str]:
        return [row["name"] for page in viewer.pages("calendars", **query) for row in page]

    assert names(page_size=2) == ["a", "b", "c", "nights"]
    assert names(ordering="-created_at") == ["nights", "b", "a", "c"]
    assert names(mode="exclude") == names(name="IGH") == ["nights"]
    problem(viewer.get("calendars", nonsense=1), 400)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rules": []}, {"rules": "too_short"}),
        ({"rules": [{"dates": ["2030-02-30"]}]}, {"rules[0].dates[0]": "days"}),
        ({"rules": [{"hours": ["9-5"]}]}, {"rules[0].hours[0]": "hours"}),
        ({"rules": [{"weekdays": ["Monday"]}]}, {"rules[0].weekdays[0]": "literal_error"}),
        ({"rules": [{"holiday": True}]}, {"rules[0].holiday": "unknown_field"}),
        ({"timezone": "Mars/Olympus"}, {"timezone": "unknown_timezone"}),
        ({"mode": "x"}, {"mode": "enum"}),
        ({"name": ""}, {"name": "string_too_short"}),
        ({"mode": "exclude", "rules": [{}]}, {"rules": "never_allows"}),
        ({"rules": [{"dates": ["12-25"] * 1001}] * 3}, {"rules": "too_many"}),
        ({"rules": [{"dates": ["2020-01-01"]}]}, {"rules": "never_allows"}),
        (
            {"name": 1, "rules": [{"hours": ["x"], "dates": ["y"]}]},
            {"name": "string_type", "rules[0].hours[0]": "hours", "rules[0].dates[0]": "days"},
        ),
    ],
)
def test_a_wrong_field_is_named(
    operator: Api, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert fields(operator.post("calendars", BUSINESS | changes)) == expected
    path = f"calendars/{make(operator)['id']}"
    assert fields(operator.patch(path, changes)) == expected


def test_a_name_is_taken_once(operator: Api) -> None:
    make(operator)
    other = make(operator, name="other")
    assert fields(operator.post("calendars", BUSINESS), 409) == {"name": "name_taken"}
    taken = operator.patch(f"calendars/{other['id']}", {"name": BUSINESS["name"]})
    assert fields(taken, 409) == {"name": "name_taken"}


def test_a_viewer_only_reads(operator: Api, viewer: Api) -> None:
    calendar = make(operator)
    problem(viewer.post("calendars", BUSINESS), 403)
    problem(viewer.patch(f"calendars/{calendar['id']}", {}), 403)
    problem(viewer.delete(f"calendars/{calendar['id']}"), 403)
    problem(operator.patch(f"calendars/{NOWHERE}", {}), 404)


def test_tasks_refer_to_calendars_by_name_or_id(operator: Api) -> None:
    calendar = make(operator)
    task = operator.post("tasks", TASK | {"calendar": calendar["id"]}).json()
    assert task["calendar"] == "business hours"
    assert operator.get("calendars/business hours").json()["tasks"] == 1
    error = problem(operator.delete(f"calendars/{calendar['id']}"), 409)
    assert "'hourly'" in error["detail"]
    assert Calendar.objects.exists()
    operator.patch("tasks/hourly", {"calendar": None})
    assert operator.delete(f"calendars/{calendar['id']}").status_code == 204


def test_a_task_keeps_to_its_calendar(operator: Api) -> None:
    make(operator)
    operator.post("tasks", TASK | {"calendar": "business hours"})
    ticks = operator.get("tasks/hourly/preview", count=10).json()["ticks"]
    hours = [tick["local"][:16] for tick in ticks]
    assert hours[0] == "2086-06-03T09:00"
    assert hours[8:] == ["2086-06-03T17:00", "2086-06-04T09:00"]


def test_schedulers(viewer: Api) -> None:
    assert viewer.get("schedulers").json()["results"] == []
    Process.objects.create(role="beat", host="here", pid=1)
    Process.objects.create(
        role="dispatcher", host="there", pid=2, leader_since="2030-01-01T00:00:00Z"
    )
    rows = viewer.get("schedulers").json()["results"]
    assert [(row["role"], row["leads"]) for row in rows] == [("beat", False), ("dispatcher", True)]
    assert 0 <= rows[0]["last_beat_age"] < 60
    assert viewer.get("schedulers", role="dispatcher").json()["results"][0]["host"] == "there"
    problem(viewer.get("schedulers", role="king"), 400)
