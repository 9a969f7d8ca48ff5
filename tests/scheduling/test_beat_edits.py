"""Postgres notes every edit of a schedule, whoever makes it and however."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from scheduling.defining.timing import MARKER
from scheduling.models import Calendar, NextRun, Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def crontab() -> CrontabSchedule:
    return CrontabSchedule.objects.create(minute="0", hour="4")


@pytest.fixture
def periodic(crontab: CrontabSchedule) -> PeriodicTask:
    return PeriodicTask.objects.create(name="nightly", task="celeriac.trigger", crontab=crontab)


@pytest.fixture
def task(periodic: PeriodicTask) -> Task:
    return Task.objects.create(periodic_task=periodic, type="noop", payload={})


def settle() -> None:
    """As if beat had looked at every edit."""
    NextRun.objects.update(changed_at=None, at=timezone.now())


def noted() -> set[str]:
    """The names of those whose edit beat has still to look at."""
    changed = NextRun.objects.filter(changed_at__isnull=False, at__isnull=True)
    return set(changed.values_list("periodic_task__name", flat=True))


def test_a_new_one_is_noted(periodic: PeriodicTask) -> None:
    assert noted() == {"nightly"}


EDITS: dict[str, Any] = {
    "bulk disable": lambda task: PeriodicTask.objects.update(enabled=False),
    "save": lambda task: (setattr(task.periodic_task, "enabled", False), task.periodic_task.save()),
    "the crontab's own row": lambda task: CrontabSchedule.objects.update(hour="5"),
    "start": lambda task: Task.objects.update(start_at=timezone.now()),
    "another crontab": lambda task: PeriodicTask.objects.update(
        crontab=CrontabSchedule.objects.create(minute="9")
    ),
}


@pytest.mark.parametrize("edit", list(EDITS))
def test_edits_of_schedules_are_noted(task: Task, edit: str) -> None:
    settle()
    EDITS[edit](task)
    assert noted() == {"nightly"}


def test_edits_of_a_calendar_are_noted(task: Task) -> None:
    calendar = Calendar.objects.create(name="holidays")
    Task.objects.update(calendar=calendar)
    settle()
    calendar.rules = [{"dates": "2030-12-25"}]
    calendar.save()
    assert noted() == {"nightly"}


def test_other_edits_keep_the_next_run(task: Task) -> None:
    settle()
    PeriodicTask.objects.update(total_run_count=3, description="new")
    task.periodic_task.save()
    task.payload = {"n": 1}
    task.save()
    task.periodic_task.crontab.save()
    assert noted() == set()


def test_edit_of_an_interval_reaches_its_tasks_alone(task: Task) -> None:
    interval = IntervalSchedule.objects.create(every=9, period="seconds")
    PeriodicTask.objects.create(name="own", task="app.task", interval=interval)
    settle()
    interval.every = 10
    interval.save()
    assert noted() == {"own"}


def test_marker_can_not_be_edited_while_it_marks(task: Task) -> None:
    marker = IntervalSchedule.objects.create(every=MARKER[0], period=MARKER[1])
    PeriodicTask.objects.update(crontab=None, interval=marker)
    with pytest.raises(IntegrityError, match="edit the tasks"), transaction.atomic():
        IntervalSchedule.objects.update(every=5)


def test_delete_takes_the_task_with_it(task: Task) -> None:
    PeriodicTask.objects.all().delete()
    assert not Task.objects.exists()
    assert not NextRun.objects.exists()
