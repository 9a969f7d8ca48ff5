"""The form of a task: every field of the API, checked as the API checks it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from dashboard.tasks import fields, form
from dashboard.tasks.fields import Kind
from jobs.invalid import FieldError
from scheduling.defining import editing
from scheduling.defining.requests import TaskRequest
from scheduling.models import Calendar, Task
from tests.support.tasks import make_task

pytestmark = pytest.mark.django_db
NEW = "/ui/tasks/new"
KNOWN = fields.fields({})


def filled(**given: str) -> dict[str, str]:
    """A form as a browser sends it, with what is given in it."""
    texts = form.as_texts(KNOWN.values(), {})
    texts |= {"name": "report", "type": "add_numbers", "payload": '{"a": 1, "b": 2}'} | given
    return {name: text for name, text in texts.items() if text or KNOWN[name].kind != Kind.SWITCH}


def edit_of(task: Task, client) -> tuple[str, dict[str, str]]:
    """The address of the form of a task, and what is in it."""
    path = reverse("ui:task_edit", args=[task.pk])
    page = client.get(path)
    bound = [one for group in page.context["groups"] for one in (*group.fields, *group.more)]
    return path, {one.field.name: one.text for one in bound} | {"seen": page.context["seen"]}


def errors_of(page) -> dict[str, list[str]]:
    """What is said beside each field."""
    bound = [one for group in page.context["groups"] for one in (*group.fields, *group.more)]
    return {one.field.name: one.errors for one in bound if one.errors}


def test_every_field_of_the_api_is_in_one_group():
    named = [name for group in fields.groups() for name in (*group.names, *group.more)]
    assert sorted(named) == sorted(TaskRequest.model_fields)


def test_a_form_that_nobody_touched_is_the_request_with_its_defaults():
    body, errors = form.as_body(KNOWN.values(), filled())
    assert errors == []
    plain = TaskRequest.model_validate(
        {"name": "report", "type": "add_numbers", "payload": {"a": 1, "b": 2}}
    )
    assert TaskRequest.model_validate(body) == plain


def test_texts_become_values_and_texts_again():
    given = {
        "start_at": "2030-03-31T01:30:00", "timezone": "Europe/Berlin", "timeout": "2.5",
        "requires": "gpu=true, zone=a", "chunks": "8", "retry": '{\n  "strategy": "fixed"\n}',
    }  # fmt: skip
    body, errors = form.as_body(KNOWN.values(), filled(**given))
    assert errors == []
    assert body["start_at"] == "2030-03-31T01:30:00+01:00"
    assert (body["timeout"], body["chunks"]) == (2.5, 8)
    assert (body["requires"], body["retry"]) == (
        {"gpu": "true", "zone": "a"},
        {"strategy": "fixed"},
    )
    texts = form.as_texts(KNOWN.values(), body)
    assert {name: texts[name] for name in given} == given


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("priority", "high"), ("priority", "9" * 5000), ("timeout", "1,5"), ("payload", "{a: 1}"),
        ("payload", "[" * 5000), ("payload", '{"a": NaN}'), ("requires", "gpu"),
        ("start_at", "tomorrow"), ("retry", "fixed"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_told_at_its_field_with_all_else(login, field, text):
    page = login("operator").post(NEW, filled(**{field: text}, cron_expression="61 * * * *"))
    assert page.status_code == 400
    assert {field, "cron_expression"} <= errors_of(page).keys()
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"cron_expression": "61 * * * *"}, "cron_expression"),
        ({"timezone": "Mars/Crater"}, "timezone"),
        ({"end_at": "2001-01-01T00:00:00", "start_at": "2002-01-01T00:00:00"}, "end_at"),
        ({"type": "unheard_of"}, "type"),
        ({"payload": '{"a": "<script>"}'}, "payload"),
        ({"priority": "10"}, "priority"),
        ({"execution_mode": "sideways"}, "execution_mode"),
        ({"chunks": "4"}, "chunks"),
        ({"retry": '{"strategy": "hope"}'}, "retry"),
        ({"on_success": "nobody"}, "on_success"),
        ({"calendar": "nowhere"}, "calendar"),
        ({"misfire_limit": "0"}, "misfire_limit"),
        ({"requires": "gpu=a b"}, "requires"),
    ],
)  # fmt: skip
def test_what_the_api_refuses_is_refused_at_its_field(login, given, field):
    page = login("operator").post(NEW, filled(**given))
    assert page.status_code == 400
    assert field in errors_of(page)
    assert "<script>&quot;" not in page.text
    # What was written is still there.
    assert 'value="report"' in page.text or given.get("name") is not None
    assert not Task.objects.exists()


def test_a_task_is_made_with_all_that_was_said(login):
    Calendar.objects.create(name="holidays", rules=[{"dates": ["12-25"]}])
    make_task("after", None)
    given = {
        "cron_expression": "*/10 * * * * *", "timezone": "Asia/Tokyo", "calendar": "holidays",
        "execution_mode": "sequential", "max_pending": "3", "priority": "7", "on_failure": "after",
        "description": "Of the night\r\nand the day", "misfire_grace": "30", "enabled": "",
    }  # fmt: skip
    answer = login("operator").post(NEW, filled(**given))
    task = Task.objects.exclude(periodic_task__name="after").get()
    assert answer["Location"] == f"/ui/tasks/{task.pk}"
    assert (task.name, task.enabled, task.created_by) == ("report", False, "the-operator")
    assert task.description == "Of the night\nand the day"
    assert (task.execution_mode, task.max_pending, task.priority) == ("sequential", 3, 7)
    assert (task.calendar.name, task.on_failure.name) == ("holidays", "after")
    assert task.misfire_grace == 30.0
    said = editing.as_request(task)
    assert (said["cron_expression"], said["timezone"]) == ("*/10 * * * * *", "Asia/Tokyo")


def test_a_name_that_is_taken_is_a_conflict(login):
    make_task("report")
    page = login("operator").post(NEW, filled())
    assert page.status_code == 409
    assert "taken" in errors_of(page)["name"][0]


def test_a_copy_says_what_the_other_does_under_no_name(login):
    task = make_task("report", "30 2 * * *", type="add_numbers", payload={"a": 1, "b": 2})
    page = login("operator").get(f"{NEW}?like={task.pk}")
    assert "30 2 * * *" in page.text
    assert 'value="report"' not in page.text
    assert login("operator").get(f"{NEW}?like=nonsense").status_code == 404


def test_an_edit_changes_what_was_written_anew(login):
    client = login("operator")
    task = make_task("report", "30 2 * * *", type="add_numbers", payload={"a": 1})
    path, texts = edit_of(task, client)
    # The payload does not fit its type any more, but nobody touched it.
    answer = client.post(path, texts | {"priority": "8", "start_at": "2030-01-01T12:00"})
    assert answer.status_code == 302, errors_of(answer)
    task = Task.objects.get()
    assert (task.priority, task.payload, task.name) == (8, {"a": 1}, "report")
    assert task.start_at == datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_two_who_edit_at_once_are_told_of_each_other(login):
    client = login("operator")
    task = make_task("report", type="add_numbers", payload={"a": 1, "b": 2})
    path, texts = edit_of(task, client)
    editing.change_task(str(task.pk), {"priority": 1})
    page = client.post(path, texts | {"description": "mine"})
    assert page.status_code == 409
    assert "Somebody changed this task" in page.text
    assert ">\nmine</textarea>" in page.text
    assert Task.objects.get().description == ""
    again = client.post(path, texts | {"description": "mine", "seen": page.context["seen"]})
    assert again.status_code == 302
    assert Task.objects.get().description == "mine"


def test_deleting_asks_first_and_keeps_jobs(login):
    client = login("operator")
    task = make_task("report")
    path = reverse("ui:task_delete", args=[task.pk])
    assert "Delete report?" in client.get(path).text
    assert "No other task triggers it." in client.get(path).text
    assert Task.objects.exists()
    assert client.post(path)["Location"] == "/ui/tasks"
    assert not Task.objects.exists()
    assert client.get(path).status_code == 404


def test_deleting_names_the_tasks_that_trigger_it(login):
    report = make_task("report")
    for field, name in (("on_success", "load"), ("on_failure", "check")):
        make_task(name, **{field: report})
    page = login("operator").get(reverse("ui:task_delete", args=[report.pk]))
    assert [name for _, name in page.context["triggered_by"]] == ["check", "load"]
    assert ">check</a>, <a" in page.text


def test_the_preview_shows_ticks_or_what_is_wrong(login):
    client = login("viewer")
    ticks = client.post(
        "/ui/tasks/preview", {"cron_expression": "30 2 * * *", "timezone": "Asia/Tokyo"}
    )
    assert "At 02:30 every day" in ticks.text
    assert ticks.text.count("02:30:00 JST") == 6
    for given in (
        {"cron_expression": "61 * * * *"},
        {"cron_expression": "@daily", "timezone": "<b>"},
    ):
        wrong = client.post("/ui/tasks/preview", {"timezone": "UTC"} | given)
        assert 'class="error"' in wrong.text
        assert "<b>" not in wrong.text
    assert "has no ticks" in client.post("/ui/tasks/preview", {"timezone": "UTC"}).text


def test_the_payload_is_checked_against_its_type(login):
    client = login("viewer")
    said = {
        '{"a": 1, "b": 2}': "It fits add_numbers.",
        '{"a": "x", "b": 2}': "payload.a",
        "{": "no JSON",
        "": "What add_numbers takes",
    }
    for payload, expected in said.items():
        answer = client.post("/ui/tasks/payload", {"type": "add_numbers", "payload": payload})
        assert expected in answer.text
    assert "unheard_of" in client.post("/ui/tasks/payload", {"type": "unheard_of"}).text


@pytest.mark.parametrize("path", [NEW, "/ui/tasks/preview", "/ui/tasks/payload"])
def test_a_broken_form_never_breaks_the_page(login, path):
    junk = dict.fromkeys(KNOWN, "\x00<script>")
    answer = login("operator").post(path, junk)
    assert answer.status_code in {200, 400}
    assert "<script>&" not in answer.text
    assert "alert(" not in answer.text


def test_a_viewer_makes_and_changes_nothing(login):
    task = make_task("report")
    client = login("viewer")
    for name in ("task_edit", "task_delete"):
        assert client.get(reverse(f"ui:{name}", args=[task.pk])).status_code == 403
        assert client.post(reverse(f"ui:{name}", args=[task.pk])).status_code == 403
    assert client.post(NEW, filled()).status_code == 403


def test_errors_of_no_field_are_shown_above():
    _, others = form.bind(KNOWN, {}, [FieldError("elsewhere", "It is odd.", "odd")])
    assert others == ["elsewhere: It is odd."]
