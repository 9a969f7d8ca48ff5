"""Tasks and calendars are made, changed and steered in the admin as over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django_celery_beat.models import PeriodicTask

from jobs.models import Job
from scheduling.defining import calendar_editing, editing, showing
from scheduling.models import Backfill, Calendar, Task
from tests.admin.conftest import management
from tests.admin.test_pages import listed, page
from tests.admin.test_steering import told

pytestmark = pytest.mark.django_db

BODY = {
    "name": "daily sum",
    "cron_expression": "30 2 * * *",
    "timezone": "Europe/Berlin",
    "type": "add_numbers",
    "payload": {"a": 1, "b": 2},
}


def make(**changes: Any) -> Task:
    return Task.objects.get(pk=editing.create_task(BODY | changes, "ada"))


def form(client: Client, path: str) -> dict[str, Any]:
    """What a browser would send back of a page's form."""
    answer = client.get(path)
    fields = answer.context["adminform"].form
    found: dict[str, Any] = {}
    for name, bound in ((name, fields[name]) for name in fields.fields):
        value = bound.field.widget.format_value(bound.value()) if name != "enabled" else None
        if name in {"start_at", "end_at"}:
            found |= {f"{name}_0": "", f"{name}_1": ""}
        elif name == "enabled":
            found |= {"enabled": "on"} if bound.value() else {}
        else:
            found[name] = value[0] if isinstance(value, list) else value or ""
    return found | management(answer)


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, answer
    return answer.context["adminform"].form.errors.get_json_data()


def test_a_task_is_made_by_its_form(login):
    client = login("operator")
    sent = form(client, page(Task, "add")) | {
        "name": "by hand", "cron_expression": "*/10 * * * * *", "type": "add_numbers",
        "payload": '{"a": 5, "b": 6}', "start_at_0": "2030-01-01", "start_at_1": "00:00:00",
        "retry": '{"strategy": "fixed"}', "requires": '{"gpu": "true"}',
    }  # fmt: skip
    answer = client.post(page(Task, "add"), sent)
    assert answer.status_code == 302, errors(answer)
    task = Task.objects.get()
    assert (task.name, task.enabled, task.payload) == ("by hand", True, {"a": 5, "b": 6})
    assert showing.read(task).expression == "*/10 * * * * *"
    assert (task.created_by, task.requires) == ("the-operator", {"gpu": "true"})
    assert task.retry_policy["strategy"] == "fixed"
    assert task.start_at.isoformat() == "2030-01-01T00:00:00+00:00"


def test_a_form_that_is_sent_back_as_it_was_changes_nothing(login):
    calendar_editing.create({"name": "nights", "rules": [{"hours": ["00:00-01:00"]}]})
    task = make(calendar="nights", priority=8, timeout=1.5, retry={"strategy": "linear"})
    before = editing.as_request(task)
    client = login("operator")
    path = page(Task, "change", task.pk)
    answer = client.post(path, form(client, path))
    assert answer.status_code == 302, errors(answer)
    assert editing.as_request(Task.objects.get()) == before


def test_a_task_is_changed_by_its_form(login):
    task = make()
    client = login("operator")
    path = page(Task, "change", task.pk)
    changes = {"name": "renamed", "cron_expression": "@every 90s", "priority": "9"}
    client.post(path, form(client, path) | changes)
    task = Task.objects.get()
    assert (task.name, task.priority) == ("renamed", 9)
    assert showing.read(task).expression == "@every 90s"
    assert task.created_by == "ada"


@pytest.mark.parametrize(
    ("changes", "field", "part"),
    [
        ({"cron_expression": "0 0 31 2 *"}, "cron_expression", "never fires"),
        ({"timezone": "Mars/Olympus"}, "timezone", "no time zone"),
        ({"payload": '{"a": 1}'}, "payload", "payload.b: This field is required"),
        ({"payload": "{"}, "payload", "JSON"),
        ({"retry": '{"strategy": "fixed", "delay": -1}'}, "retry", "greater than"),
        ({"name": "taken"}, "name", "is taken"),
        ({"priority": "11"}, "priority", "less than or equal to 9"),
        ({"end_at_0": "2020-01-01", "end_at_1": "00:00", "start_at_0": "2021-01-01",
          "start_at_1": "00:00"}, "end_at", "not after start_at"),
        ({"name": ""}, "name", "required"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_beside_its_field(login, changes, field, part):
    make(name="taken")
    task = make()
    client = login("operator")
    path = page(Task, "change", task.pk)
    found = errors(client.post(path, form(client, path) | changes))
    assert part in json.dumps(found[field])
    assert editing.as_request(Task.objects.get(pk=task.pk)) == editing.as_request(task)


def test_a_task_is_deleted_with_its_periodic_task(login):
    task, other = make(), make(name="other")
    Backfill.objects.create(task=task, from_at=task.created_at, to_at=task.created_at, ticks=[])
    client = login("operator")
    client.post(page(Task, "delete", task.pk), {"post": "yes"})
    assert not PeriodicTask.objects.filter(name="daily sum").exists()
    chosen = {"action": "delete_selected", "_selected_action": str(other.pk), "post": "yes"}
    client.post(page(Task, "changelist"), chosen)
    assert not Task.objects.exists()
    assert not PeriodicTask.objects.filter(name="other").exists()


def steer(client: Client, action: str, *tasks: Task, **extra: str) -> Any:
    chosen = {"action": action, "_selected_action": [str(t.pk) for t in tasks], "index": "0"}
    return client.post(page(Task, "changelist"), chosen | extra, follow=True)


def test_tasks_are_triggered_paused_and_resumed(login):
    one, two = make(), make(name="other", enabled=False)
    client = login("operator")
    assert told(steer(client, "trigger", one, two)) == "Tasks: 2 triggered."
    assert {job.task_id for job in Job.objects.all()} == {one.pk, two.pk}
    assert set(Job.objects.values_list("submitted_by", flat=True)) == {"the-operator"}
    assert told(steer(client, "pause", one, two)) == "Tasks: 1 paused, 1 were so already."
    assert not Task.objects.get(pk=one.pk).enabled
    assert told(steer(client, "resume", one, two)) == "Tasks: 2 resumed."
    answer = steer(client, "pause", one, from_task_page="1")
    assert answer.redirect_chain[-1][0] == page(Task, "change", one.pk)


def test_a_viewer_looks_and_steers_nothing(login):
    task = make(cron_expression="15 30 2 * * *", retry={"strategy": "fixed"})
    client = login("viewer")
    text = client.get(page(Task, "change", task.pk)).content.decode()
    assert "At 02:30:15 every day (Europe/Berlin)" in text
    assert "Steer this task" not in text
    steer(client, "pause", task)
    assert Task.objects.get().enabled
    assert client.get(page(Task, "add")).status_code == 403
    assert client.post(page(Task, "change", task.pk), {}).status_code == 403


def test_a_task_and_its_jobs_lead_to_each_other(login):
    task = make()
    job = editing.trigger(str(task.pk), {}, "ada")
    other = editing.trigger(str(make(name="other").pk), {}, "ada")
    client = login("viewer")
    assert listed(client, Job, q=str(task.pk)) == [job]
    assert f'href="{page(Task, "change", task.pk)}"' in (
        client.get(page(Job, "change", job)).content.decode()
    )
    assert other != job


def test_tasks_are_filtered(login):
    one = make()
    paused = make(name="paused", enabled=False, execution_mode="skip")
    bad = make(name="bad", type="reverse_string", payload={"text": "x"})
    Task.objects.filter(pk=bad.pk).update(problem={"code": "x", "message": "y"})
    client = login("viewer")
    assert listed(client, Task, state="paused") == [str(paused.pk)]
    assert listed(client, Task, state="problem") == [str(bad.pk)]
    assert listed(client, Task, state="enabled") == [str(bad.pk), str(one.pk)]
    assert listed(client, Task, type="reverse_string") == [str(bad.pk)]
    assert listed(client, Task, execution_mode="skip") == [str(paused.pk)]


def test_a_calendar_is_made_and_changed_by_its_form(login):
    client = login("operator")
    sent = {
        "name": "nights", "mode": "exclude", "timezone": "UTC", "description": "",
        "rules": '[{"hours": ["22:00-06:00"]}]',
    }  # fmt: skip
    answer = client.post(page(Calendar, "add"), sent)
    assert answer.status_code == 302, errors(answer)
    calendar = Calendar.objects.get()
    path = page(Calendar, "change", calendar.pk)
    wrong = errors(client.post(path, sent | {"rules": '[{"hours": ["9-5"]}]'}))
    assert "rules[0].hours[0]" in json.dumps(wrong["rules"])
    assert client.post(path, sent | {"name": "evenings"}).status_code == 302
    assert Calendar.objects.get().name == "evenings"


def test_a_calendar_in_use_is_not_deleted(login):
    calendar_editing.create({"name": "nights", "rules": [{"hours": ["00:00-01:00"]}]})
    task = make(calendar="nights")
    client = login("operator")
    calendar = Calendar.objects.get()
    text = client.get(page(Calendar, "change", calendar.pk)).content.decode()
    assert f'href="{page(Task, "change", task.pk)}"' in text
    client.post(page(Calendar, "delete", calendar.pk), {"post": "yes"})
    assert Calendar.objects.exists()
