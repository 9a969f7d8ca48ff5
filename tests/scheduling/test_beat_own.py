"""Users' own PeriodicTasks fire by Celery's schedules and the database's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
)

from jobs.models import Job
from scheduling import firing
from scheduling.beat import outbox, own
from scheduling.beat.outbox import Message
from scheduling.models import NextRun
from tests.support.tasks import next_run, seconds, set_due

pytestmark = pytest.mark.django_db


def make(**fields: Any) -> PeriodicTask:
    if not {"interval", "crontab", "clocked", "solar"} & fields.keys():
        fields["interval"] = IntervalSchedule.objects.create(every=10, period="seconds")
    return PeriodicTask.objects.create(**({"name": "own", "task": "app.task"} | fields))


def settle(cursor: Any) -> None:
    own.settle(cursor, firing.follow_changes(cursor, 10).own)


def fire(cursor: Any) -> list[datetime]:
    done = firing.fire_due(cursor, 10)
    assert not done.made
    return [message.at for message in own.fire(cursor, done.own, firing.read_clock(cursor))]


def test_interval_counts_from_its_making(cursor: Any) -> None:
    periodic = make()
    made = next_run(periodic).changed_at
    settle(cursor)
    assert next_run(periodic).at == made + seconds(10)


def test_fires_once_and_moves_on(cursor: Any) -> None:
    now = firing.read_clock(cursor)
    periodic = make()
    set_due(periodic, now - seconds(1))
    assert fire(cursor) == [now - seconds(1)]
    assert fire(cursor) == []
    assert not Job.objects.exists()
    assert next_run(periodic).at == now + seconds(9)
    assert next_run(periodic).last_at == now - seconds(1)
    periodic.refresh_from_db()
    assert (periodic.last_run_at, periodic.total_run_count) == (now, 1)


def test_missed_runs_are_one(cursor: Any) -> None:
    now = firing.read_clock(cursor)
    periodic = make()
    set_due(periodic, now - seconds(1000))
    assert len(fire(cursor)) == 1
    assert next_run(periodic).at == now + seconds(10)


def test_crontab_in_a_zone(cursor: Any) -> None:
    crontab = CrontabSchedule.objects.create(minute="0", hour="4", timezone="Asia/Tokyo")
    periodic = make(crontab=crontab)
    settle(cursor)
    at = next_run(periodic).at
    assert at > firing.read_clock(cursor)
    assert at.astimezone(UTC).strftime("%H:%M:%S.%f") == "19:00:00.000000"


def test_run_that_was_missed_is_overdue(cursor: Any) -> None:
    crontab = CrontabSchedule.objects.create(minute="0")
    now = firing.read_clock(cursor)
    periodic = make(crontab=crontab, last_run_at=now - seconds(4000))
    settle(cursor)
    assert next_run(periodic).at <= now
    assert len(fire(cursor)) == 1
    assert next_run(periodic).at > now


def test_clocked_fires_once_and_is_disabled(cursor: Any) -> None:
    now = firing.read_clock(cursor)
    clocked = ClockedSchedule.objects.create(clocked_time=now - seconds(5))
    periodic = make(clocked=clocked, one_off=True)
    settle(cursor)
    assert fire(cursor) == [now - seconds(5)]
    periodic.refresh_from_db()
    assert not periodic.enabled
    settle(cursor)
    assert next_run(periodic).at is None


def test_start_is_awaited_and_then_the_first_run(cursor: Any) -> None:
    now = firing.read_clock(cursor)
    periodic = make(start_time=now + seconds(100))
    settle(cursor)
    assert next_run(periodic).at == now + seconds(100)
    crontab = CrontabSchedule.objects.create(minute="*/5")
    other = make(name="other", crontab=crontab, start_time=now + seconds(1000))
    settle(cursor)
    at = next_run(other).at
    assert seconds(1000) <= at - now <= seconds(1300)
    assert (at.minute % 5, at.second) == (0, 0)


def test_expired_is_disabled_and_not_fired(cursor: Any) -> None:
    now = firing.read_clock(cursor)
    periodic = make(expires=now - seconds(1))
    set_due(periodic, now - seconds(2))
    assert fire(cursor) == []
    periodic.refresh_from_db()
    assert not periodic.enabled
    other = make(name="other", expires=now - seconds(1))
    settle(cursor)
    assert next_run(other).at is None
    assert NextRun.objects.get(pk=periodic.pk).at is None


def test_disabled_has_no_next_run(cursor: Any) -> None:
    periodic = make(enabled=False)
    settle(cursor)
    assert next_run(periodic).at is None


@pytest.fixture
def deadline() -> Iterator[None]:
    own.current_app.conf.beat_cron_starting_deadline = 60
    yield
    own.current_app.conf.beat_cron_starting_deadline = None


def test_missed_crontab_past_its_deadline_is_skipped(cursor: Any, deadline: None) -> None:
    now = firing.read_clock(cursor)
    periodic = make(crontab=CrontabSchedule.objects.create(minute="*"))
    set_due(periodic, now - seconds(120))
    assert fire(cursor) == []
    assert next_run(periodic).at > now


def test_what_was_not_sent_is_found_until_it_is(cursor: Any) -> None:
    now = firing.read_clock(cursor)
    periodic = make()
    set_due(periodic, now - seconds(5))
    fire(cursor)
    assert outbox.unsent(cursor, older_than=6, limit=10) == []
    (message,) = outbox.unsent(cursor, older_than=4, limit=10)
    assert (message.periodic_task, message.at) == (periodic, now - seconds(5))
    outbox.remove(cursor, [message])
    assert outbox.unsent(cursor, older_than=4, limit=10) == []


def test_of_old_unsent_ones_the_last_is_kept(cursor: Any) -> None:
    now = firing.read_clock(cursor)
    often, once = make(name="often"), make(name="once")
    ages = [(often, 500), (often, 400), (often, 10), (often, 5), (once, 600)]
    outbox.add(cursor, [Message(periodic, now - seconds(age)) for periodic, age in ages])
    outbox.thin_out(cursor)
    left = {(its.periodic_task.name, (now - its.at).seconds) for its in unsent(cursor)}
    assert left == {("often", 10), ("often", 5), ("once", 600)}


def unsent(cursor: Any) -> list[Message]:
    return outbox.unsent(cursor, older_than=0, limit=10)


def test_a_message_has_the_same_id_whoever_sends_it(cursor: Any) -> None:
    periodic, now = make(), firing.read_clock(cursor)
    assert Message(periodic, now).id == Message(periodic, now).id
    assert Message(periodic, now).id != Message(periodic, now + seconds(1)).id
