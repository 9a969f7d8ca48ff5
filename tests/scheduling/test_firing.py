"""From due ticks to jobs: each once, by the database's clock, under the misfire policy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from jobs.ids import uuid7
from jobs.models import Job
from jobs.states import JobState
from scheduling import firing
from scheduling.defining import definitions
from scheduling.errors import TaskNotFound
from scheduling.firing import definition
from scheduling.models import Calendar, NextRun, Task
from tests.support.tasks import make_task, next_run, seconds, set_due

pytestmark = pytest.mark.django_db


def clock(cursor: Any) -> datetime:
    """The transaction's time, at which a whole test happens, to the second."""
    return firing.read_clock(cursor).replace(microsecond=0)


def fire(cursor: Any, limit: int = 100) -> list[datetime]:
    """One round; the ticks of the jobs that it made, in order."""
    made = firing.fire_due(cursor, limit).made
    found = Job.objects.filter(id__in=[job.id for job in made]).order_by("scheduled_for")
    return list(found.values_list("scheduled_for", flat=True))


def test_new_task_is_due_after_it_was_made(cursor: Any) -> None:
    task = make_task(expression="*/10 * * * * *")
    made = next_run(task).changed_at
    assert firing.follow_changes(cursor, 10).found == 1
    at = next_run(task).at
    assert made < at <= made + seconds(10)
    assert at.second % 10 == 0
    assert firing.follow_changes(cursor, 10).found == 0


def test_due_tick_becomes_a_job_and_the_next_run_moves(cursor: Any) -> None:
    task = make_task(
        name="every second",
        type="add_numbers",
        payload={"a": 1, "b": 2},
        priority=7,
        thread_demand=2,
        requires={"zone": "a"},
        timeout=9.5,
    )
    now = clock(cursor)
    set_due(task, now)
    assert fire(cursor) == [now]
    job = Job.objects.get()
    assert (job.task_id, job.scheduled_for) == (task.id, now)
    assert (job.type, job.payload, job.name) == ("add_numbers", {"a": 1, "b": 2}, "every second")
    assert (job.priority, job.thread_demand, job.requires) == (7, 2, {"zone": "a"})
    assert (job.timeout, job.max_attempts, job.status) == (9.5, 3, JobState.QUEUED)
    assert job.placement_class.startswith("add_numbers/2/")
    assert (next_run(task).at, next_run(task).last_at) == (now + seconds(1), now)
    assert fire(cursor) == []


def test_tick_is_made_once_whoever_makes_it(cursor: Any) -> None:
    task = make_task()
    now = clock(cursor)
    for _ in range(2):
        set_due(task, now)
        fire(cursor)
    assert Job.objects.count() == 1


def test_thousands_in_rounds_of_a_limit(cursor: Any) -> None:
    now = clock(cursor)
    tasks = [make_task(str(n)) for n in range(7)]
    for task in tasks:
        set_due(task, now)
    assert fire(cursor, limit=5) == [now] * 5
    assert NextRun.objects.filter(at__lte=now).count() == 2
    fire(cursor, limit=5)
    assert not NextRun.objects.filter(at__lte=now).exists()
    assert Job.objects.count() == 7


def test_what_was_missed_is_made_good_in_rounds_of_a_limit(cursor: Any) -> None:
    now = clock(cursor)
    for number in range(4):
        set_due(make_task(str(number)), now - seconds(9))
    rounds = []
    while made := fire(cursor, limit=15):
        rounds.append(len(made))
    assert rounds == [20, 20]
    assert not NextRun.objects.filter(at__lte=now).exists()


@pytest.mark.parametrize(
    ("policy", "ticks"), [("skip", [0]), ("fire_once", [0, 30]), ("fire_all", [0, 30, 60, 90])]
)
def test_misfires(cursor: Any, policy: str, ticks: list[int]) -> None:
    now = clock(cursor)
    task = make_task(expression="@every 30s", misfire_policy=policy, misfire_grace=10)
    Task.objects.update(start_at=now - seconds(90))
    set_due(task, now - seconds(90))
    assert fire(cursor) == [now - seconds(age) for age in sorted(ticks, reverse=True)]
    assert next_run(task).at == now + seconds(30)


def test_disabled_task_has_no_next_run(cursor: Any) -> None:
    task = make_task()
    set_due(task, clock(cursor))
    PeriodicTask.objects.update(enabled=False)
    assert fire(cursor) == []
    firing.follow_changes(cursor, 10)
    assert next_run(task).at is None
    PeriodicTask.objects.update(enabled=True)
    firing.follow_changes(cursor, 10)
    assert next_run(task).at is not None


def test_edit_of_the_crontab_is_an_edit_of_the_task(cursor: Any) -> None:
    task = make_task(expression="0 4 * * *", timezone="Asia/Kathmandu")
    firing.follow_changes(cursor, 10)
    assert next_run(task).at.astimezone(UTC).strftime("%H:%M") == "22:15"
    CrontabSchedule.objects.update(hour="5", minute="30")
    firing.follow_changes(cursor, 10)
    assert next_run(task).at.astimezone(UTC).strftime("%H:%M") == "23:45"


def test_end_and_calendar_are_heeded(cursor: Any) -> None:
    now = clock(cursor)
    task = make_task()
    Task.objects.update(end_at=now + seconds(1))
    set_due(task, now)
    assert fire(cursor) == [now]
    assert next_run(task).at is None
    assert Task.objects.get().problem is None
    Task.objects.update(end_at=None, calendar=Calendar.objects.create(name="never", mode="allow"))
    firing.follow_changes(cursor, 10)
    assert next_run(task).at is None


def test_calendar_that_leaves_no_tick_marks_the_task(cursor: Any) -> None:
    now = clock(cursor)
    task = make_task()
    calendar = Calendar.objects.create(name="never", mode="exclude")
    Task.objects.update(calendar=calendar)
    firing.follow_changes(cursor, 10)
    assert (next_run(task).at, Task.objects.get().problem) != (None, None)
    calendar.mode = "allow"
    calendar.save()
    # Be it found when the calendar is edited or when a tick that was due before is fired.
    firing.follow_changes(cursor, 10)
    assert Task.objects.get().problem["code"] == "no_tick_left"
    Task.objects.update(problem=None)
    set_due(task, now)
    assert fire(cursor) == [now]
    assert next_run(task).at is None
    assert Task.objects.get().problem["code"] == "no_tick_left"
    Task.objects.update(calendar=None)
    firing.follow_changes(cursor, 10)
    assert next_run(task).at is not None
    assert Task.objects.get().problem is None


def test_triggered_task_without_a_schedule_has_no_next_run(cursor: Any) -> None:
    task = make_task(expression=None)
    firing.follow_changes(cursor, 10)
    assert next_run(task).at is None
    made = firing.trigger(cursor, str(task.id), payload='{"n": 1}', priority=9, actor="ada")
    job = Job.objects.get(id=made.id)
    assert (job.status, job.payload, job.priority) == (JobState.QUEUED, {"n": 1}, 9)
    assert (job.task_id, job.scheduled_for, job.submitted_by) == (task.id, None, "ada")


def test_trigger_may_require_more_than_its_task(cursor: Any) -> None:
    task = make_task(expression=None, requires={"zone": "a"})
    made = firing.trigger(cursor, str(task.id), requires={"gpu": "true"})
    plain = firing.trigger(cursor, str(task.id))
    job, other = Job.objects.get(id=made.id), Job.objects.get(id=plain.id)
    assert (job.requires, other.requires) == ({"zone": "a", "gpu": "true"}, {"zone": "a"})
    assert job.placement_class != other.placement_class


def test_trigger_of_no_task(cursor: Any) -> None:
    with pytest.raises(TaskNotFound):
        firing.trigger(cursor, uuid7())


def test_trigger_of_a_payload_that_no_longer_fits(cursor: Any) -> None:
    task = make_task(expression=None, type="add_numbers", payload={})
    assert firing.trigger(cursor, str(task.id)).status == JobState.FAILED


def test_fixed_delay_counts_from_the_end_of_its_job(cursor: Any) -> None:
    now = clock(cursor)
    task = make_task(expression="@after 90s")
    firing.follow_changes(cursor, 10)
    set_due(task, now)
    assert fire(cursor) == [now]
    assert next_run(task).at is None
    assert firing.follow_ends(cursor, 10).found == 0
    ended = now - seconds(5)
    Job.objects.update(status=JobState.CANCELLED, completed_at=ended)
    assert firing.follow_ends(cursor, 10).found == 1
    assert next_run(task).at == ended + seconds(90)


def test_fixed_delay_that_is_edited_still_waits_for_its_job(cursor: Any) -> None:
    task = make_task(expression="@after 90s")
    firing.follow_changes(cursor, 10)
    set_due(task, clock(cursor))
    fire(cursor)
    definitions.save(Task.objects.get(), name="it", expression="@after 2s")
    firing.follow_changes(cursor, 10)
    assert next_run(task).at is None
    Job.objects.update(status=JobState.CANCELLED, completed_at=clock(cursor))
    firing.follow_ends(cursor, 10)
    assert next_run(task).at == clock(cursor) + seconds(2)


def test_fixed_delay_goes_on_when_its_job_was_removed(cursor: Any) -> None:
    task = make_task(expression="@after 90s")
    firing.follow_changes(cursor, 10)
    set_due(task, clock(cursor))
    fire(cursor)
    Job.objects.all().delete()
    assert firing.follow_ends(cursor, 10).found == 1
    assert next_run(task).at > clock(cursor) + seconds(80)


def test_payload_that_no_longer_fits_fails_and_marks_the_task(cursor: Any) -> None:
    bad = make_task("bad", type="add_numbers", payload={"a": "one"})
    good = make_task("good", type="add_numbers", payload={"a": 1, "b": 2})
    now = clock(cursor)
    for task in (bad, good):
        set_due(task, now)
    fire(cursor)
    job = Job.objects.get(task_id=bad.id)
    assert (job.status, job.error["code"]) == (JobState.FAILED, "invalid_payload")
    assert "payload.b" in job.error["message"]
    assert Task.objects.get(id=bad.id).problem == job.error
    assert next_run(bad).at == now + seconds(1)
    assert Job.objects.get(task_id=good.id).status == JobState.QUEUED
    assert Task.objects.get(id=good.id).problem is None
    Task.objects.filter(id=bad.id).update(payload={"a": 1, "b": 2})
    set_due(bad, now - seconds(1))
    fire(cursor)
    assert Task.objects.get(id=bad.id).problem is None


def test_payload_is_read_only_where_the_type_may_have_changed(
    cursor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = make_task(type="add_numbers", payload={"a": 1, "b": 2})
    set_due(task, clock(cursor))
    fire(cursor)
    schema = definition.payload_schema("add_numbers")
    assert Task.objects.get().checked_schema == schema
    Task.objects.update(payload={})
    set_due(task, clock(cursor) - seconds(1))
    fire(cursor)
    assert not Job.objects.filter(status=JobState.FAILED).exists()


def test_type_that_is_gone_fails_and_marks_the_task(cursor: Any) -> None:
    task = make_task(type="gone")
    set_due(task, clock(cursor))
    fire(cursor)
    assert Job.objects.get().error["code"] == "unknown_job_type"
    assert Task.objects.get().problem["code"] == "unknown_job_type"


def test_schedule_that_can_not_be_followed_marks_the_task(cursor: Any) -> None:
    task = make_task(expression="0 4 * * *")
    CrontabSchedule.objects.update(minute="often")
    firing.follow_changes(cursor, 10)
    assert next_run(task).at is None
    assert Task.objects.get().problem["code"] == "invalid_schedule"
    CrontabSchedule.objects.update(minute="5")
    firing.follow_changes(cursor, 10)
    assert next_run(task).at is not None
    assert Task.objects.get().problem is None


def test_what_is_set_aside_waits_for_an_edit(cursor: Any) -> None:
    first, second = make_task("first"), make_task("second")
    now = clock(cursor)
    set_due(first, now - seconds(2))
    set_due(second, now - seconds(1))
    firing.set_due_aside(cursor, "because")
    assert next_run(first).at is None
    assert Task.objects.get(id=first.id).problem["message"] == "because"
    assert next_run(second).at == now - seconds(1)
