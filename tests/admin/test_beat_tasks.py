"""Edits of a Task's PeriodicTask in its own admin are edits of the Task, or say why not."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from jobs.models import Job
from scheduling import firing
from scheduling.defining import showing
from scheduling.defining.timing import MARKER
from scheduling.models import Task
from scheduling.tasks import trigger
from tests.admin.test_pages import page
from tests.support.tasks import make_task, next_run

pytestmark = pytest.mark.django_db


def edit(client: Client, edited: Task, /, **changes: Any) -> dict[str, list[str]]:
    """Sends the form with these fields changed; what it is refused for."""
    periodic = edited.periodic_task
    sent = {
        "name": periodic.name, "task": periodic.task, "args": periodic.args, "kwargs": "{}",
        "headers": "{}", "enabled": "on", "interval": periodic.interval_id or "",
        "crontab": periodic.crontab_id or "",
    } | changes  # fmt: skip
    answer = client.post(page(PeriodicTask, "change", periodic.pk), sent)
    if answer.status_code == 302:
        return {}
    errors = answer.context["adminform"].form.errors
    return {field: [str(error) for error in found] for field, found in errors.items()}


def test_another_crontab_is_the_tasks_new_schedule(login: Any) -> None:
    task = make_task(expression="0 4 * * *")
    other = CrontabSchedule.objects.create(minute="30", hour="5", timezone="Asia/Tokyo")
    assert edit(login("admin"), task, crontab=other.pk) == {}
    assert showing.read(Task.objects.get()) == ("30 5 * * *", "Asia/Tokyo")
    with connection.cursor() as cursor:
        firing.follow_changes(cursor, 10)
    assert next_run(task).at.strftime("%H:%M") == "20:30"


def test_interval_instead_of_a_crontab(login: Any) -> None:
    task = make_task(expression="0 4 * * *")
    interval = IntervalSchedule.objects.create(every=5, period="minutes")
    assert edit(login("admin"), task, crontab="", interval=interval.pk) == {}
    assert showing.read(Task.objects.get()).expression == "@every 5m"


def test_name_and_description_are_the_tasks(login: Any) -> None:
    task = make_task()
    assert edit(login("admin"), task, name="renamed", description="Why it is.") == {}
    task = Task.objects.get()
    assert (task.name, task.description) == ("renamed", "Why it is.")


def test_what_can_not_be_shown_can_not_be_edited_there(login: Any) -> None:
    task = make_task(expression="*/10 * * * * *")
    crontab = CrontabSchedule.objects.create(minute="30")
    (reason,) = edit(login("admin"), task, crontab=crontab.pk, interval="")["crontab"]
    assert "'*/10 * * * * *'" in reason
    assert "edit the task" in reason
    assert showing.read(Task.objects.get()).expression == "*/10 * * * * *"


@pytest.mark.parametrize(
    ("field", "value"),
    [("one_off", "on"), ("queue", "other"), ("args", "[1]"), ("task", "x.y"), ("priority", "3")],
)
def test_what_means_nothing_to_a_task_is_refused(login: Any, field: str, value: str) -> None:
    task = make_task(expression="0 4 * * *")
    assert "edit the task" in edit(login("admin"), task, **{field: value})[field][0]


def test_interval_that_is_too_short_is_refused(login: Any) -> None:
    task = make_task(expression="@every 5s")
    interval = IntervalSchedule.objects.create(every=5, period="microseconds")
    assert "apart" in edit(login("admin"), task, interval=interval.pk)["interval"][0]


def test_marker_is_looked_at_alone(login: Any) -> None:
    make_task()
    marker = IntervalSchedule.objects.get(every=MARKER[0])
    client = login("admin")
    answer = client.post(page(IntervalSchedule, "change", marker.pk), {"every": 5})
    assert answer.status_code == 403
    assert client.post(page(IntervalSchedule, "delete", marker.pk)).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [marker.pk], "post": "yes"}
    client.post(page(IntervalSchedule, "changelist"), chosen)
    assert IntervalSchedule.objects.filter(pk=marker.pk).exists()


def test_list_shows_the_schedules_of_tasks(login: Any) -> None:
    make_task("seconds", "*/10 * * * * *")
    make_task("none", None)
    text = login("viewer").get(page(PeriodicTask, "changelist")).content.decode()
    assert "*/10 * * * * *" in text
    assert "36525" not in text


@pytest.mark.parametrize(("action", "enabled"), [("disable_tasks", False), ("enable_tasks", True)])
def test_bulk_actions_are_edits_of_the_task(login: Any, action: str, *, enabled: bool) -> None:
    task = make_task(enabled=not enabled)
    chosen = {"action": action, "_selected_action": [task.periodic_task_id]}
    login("admin").post(page(PeriodicTask, "changelist"), chosen)
    with connection.cursor() as cursor:
        firing.follow_changes(cursor, 10)
    assert (next_run(task).at is not None) is enabled
    assert Task.objects.get().enabled is enabled


def test_run_selected_makes_a_job(login: Any) -> None:
    task = make_task(expression=None)
    trigger(str(task.pk))
    assert Job.objects.get().task_id == task.pk
