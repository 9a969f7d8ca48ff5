"""Where a task's schedule is written, and that reading it gives it back."""

from __future__ import annotations

from typing import Any

import pytest
from django_celery_beat.models import PeriodicTask

from scheduling.cron import InvalidSchedule
from scheduling.defining import definitions
from scheduling.defining.showing import read
from scheduling.defining.timing import Shown, UnknownSchedule, timing
from scheduling.errors import NameTaken
from scheduling.models import NextRun, Task

pytestmark = pytest.mark.django_db


def make(name: str = "it", expression: str | None = "0 4 * * *", **fields: Any) -> Task:
    task = Task(type="noop", payload={})
    definitions.save(task, name=name, expression=expression, **fields)
    return Task.objects.get(pk=task.pk)


@pytest.mark.parametrize(
    ("expression", "read_as", "own"),
    [
        ("*/5 4 * * 1-5", "*/5 4 * * 1-5", False),
        ("@daily", "0 0 * * *", False),
        ("*/10 * * * * *", "*/10 * * * * *", True),
        ("0 0 L * *", "0 0 L * *", True),
        ("@every 90s", "@every 90s", False),
        ("@every 2h", "@every 2h", False),
        ("@every 1500ms", "@every 1500ms", True),
        ("@after 90s", "@after 90s", True),
        (None, None, False),
    ],
)
def test_schedule_is_written_once(
    expression: str | None, read_as: str | None, *, own: bool
) -> None:
    task = make(expression=expression, timezone="Europe/Berlin")
    assert (task.cron_expression is not None) is own
    assert read(task) == (read_as, "Europe/Berlin")


def test_saved_again_with_another_kind_of_schedule() -> None:
    task = make(expression="0 4 * * *", timezone="Asia/Kathmandu")
    for expression in ("*/10 * * * * *", "@every 5s", None, "0 4 * * *"):
        definitions.save(task, name="it", expression=expression, timezone="Asia/Kathmandu")
        task = Task.objects.get()
        assert read(task) == (expression, "Asia/Kathmandu")
    assert PeriodicTask.objects.count() == NextRun.objects.count() == 1


def test_what_it_has_in_common_with_its_periodic_task() -> None:
    task = make(name="nightly", description="Cleans up.", enabled=False)
    assert (task.name, task.description, task.enabled) == ("nightly", "Cleans up.", False)
    assert task.periodic_task.args == f'["{task.id}"]'


def test_name_is_taken_by_any_periodic_task() -> None:
    make("one")
    with pytest.raises(NameTaken):
        make("one")
    other = make("two")
    with pytest.raises(NameTaken):
        definitions.save(other, name="one", expression=None)


def test_nothing_is_stored_of_an_invalid_one() -> None:
    with pytest.raises(InvalidSchedule):
        make(expression="61 * * * *")
    assert not PeriodicTask.objects.exists()


def test_enabling_many() -> None:
    tasks = [make(str(n)) for n in range(3)]
    assert definitions.set_enabled([str(t.id) for t in tasks[:2]], enabled=False) == 2
    assert definitions.set_enabled([str(t.id) for t in tasks], enabled=True) == 2


def test_delete_leaves_nothing_behind() -> None:
    task = make()
    assert definitions.delete([str(task.id)]) == 1
    assert not PeriodicTask.objects.exists()
    assert not NextRun.objects.exists()


def test_other_kinds_are_no_schedules_of_tasks() -> None:
    with pytest.raises(UnknownSchedule, match="not solar"):
        timing(None, None, Shown(other="solar"))
