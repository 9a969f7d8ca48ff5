"""One beat process: leads or stands by, fires, and goes on where a row or a broker fails it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask, SolarSchedule

from executors.models import Process
from jobs.models import Job
from scheduling.beat.beat import Beat
from scheduling.beat.outbox import Message
from scheduling.beat.scheduler import Scheduler
from scheduling.beat.sender import Sender
from scheduling.models import Calendar, NextRun, Task, UnsentTick
from tests.support.tasks import make_task, next_run, set_due
from tests.support.waiting import LIMIT, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Outbox:
    """Takes messages as a broker would; `refuses` makes it one that is away."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.refuses: Exception | None = None

    def connect(self) -> None:
        if self.refuses:
            raise self.refuses

    def send(self, message: Message) -> None:
        self.sent.append(message)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def beats(outbox: Outbox) -> Iterator[Callable[[], Beat]]:
    made: list[Beat] = []

    def make() -> Beat:
        made.append(Beat(outbox.connect, outbox.send))
        return made[-1]

    yield make
    for beat in made:
        beat.close()


def step_until(*beats: Beat, what: str, condition: Callable[[], Any], limit: float = LIMIT) -> None:
    """Steps beats in turns until it is so, for `limit` seconds at most."""

    def stepped() -> Any:
        for beat in beats:
            beat.step()
        return condition()

    wait_until(stepped, what=what, limit=limit)


def leaders() -> int:
    return Process.objects.filter(role="beat", leader_since__isnull=False).count()


def test_fires_every_second_once(beats: Any) -> None:
    task = make_task()
    beat = beats()
    step_until(beat, what="three ticks", condition=lambda: Job.objects.count() >= 3)
    ticks = list(Job.objects.order_by("scheduled_for").values_list("scheduled_for", flat=True))
    assert {(after - before).total_seconds() for before, after in pairwise(ticks)} == {1.0}
    assert all(tick.microsecond == 0 for tick in ticks)
    assert next_run(task).last_at == ticks[-1]


def test_one_leads_and_the_other_takes_over(beats: Any) -> None:
    make_task()
    first, second = beats(), beats()
    step_until(first, second, what="a tick", condition=Job.objects.exists)
    # After a silence of two seconds both stand anew.
    step_until(
        first,
        second,
        what="one leads",
        condition=lambda: leaders() == 1 and Process.objects.count() == 2,
    )
    first.close()
    before = Job.objects.count()
    step_until(
        second,
        what="it leads and fires",
        condition=lambda: leaders() == 1 and Job.objects.count() > before,
    )


def test_leader_that_lost_its_session_stands_again(beats: Any) -> None:
    make_task()
    beat = beats()
    step_until(beat, what="a tick", condition=Job.objects.exists)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE application_name = 'celeriac-beat' AND datname = current_database()
            """
        )
    before = Job.objects.count()
    step_until(beat, what="another tick", condition=lambda: Job.objects.count() > before)


def test_edit_is_heard_of_at_once(beats: Any) -> None:
    make_task("yearly", "0 0 1 1 *")
    beat = beats()
    step_until(beat, what="it has looked", condition=lambda: not changed())
    make_task("new")
    step_until(beat, what="it has looked again", condition=lambda: not changed())
    step_until(beat, what="it fires", condition=lambda: Job.objects.filter(name="new").exists())


def changed() -> bool:
    return NextRun.objects.filter(changed_at__isnull=False).exists()


def make_own(name: str = "own", every: int = 1) -> PeriodicTask:
    interval = IntervalSchedule.objects.create(every=every, period="seconds")
    return PeriodicTask.objects.create(name=name, task="app.task", interval=interval)


def test_users_own_are_sent_once_by_two(beats: Any, outbox: Outbox) -> None:
    make_own()
    first, second = beats(), beats()
    step_until(first, second, what="three sent", condition=lambda: len(outbox.sent) >= 3)
    ids = [message.id for message in outbox.sent]
    assert len(set(ids)) == len(ids)
    ticks = sorted(message.at for message in outbox.sent)
    # More, where nobody stepped for longer: what was missed is one.
    assert min(after - before for before, after in pairwise(ticks)) >= timedelta(seconds=1)


def test_what_could_not_be_sent_is_sent_later(
    beats: Any, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.beat.rounds.RESEND_AFTER", 0.1)
    monkeypatch.setattr("scheduling.beat.rounds.TEND_EVERY", 0.1)
    periodic = make_own(every=2)
    outbox.refuses = ConnectionRefusedError("away")
    beat = beats()
    step_until(beat, what="it fired", condition=lambda: next_run(periodic).last_at)
    PeriodicTask.objects.update(enabled=False)
    step_until(beat, what="it is known to be unsent", condition=lambda: not changed())
    assert not outbox.sent
    unsent = set(UnsentTick.objects.values_list("at", flat=True))
    assert next_run(periodic).last_at in unsent
    outbox.refuses = None
    step_until(beat, what="it is sent", condition=lambda: not UnsentTick.objects.exists())
    assert {message.at for message in outbox.sent} == unsent
    assert len(outbox.sent) == len(unsent)


def test_nothing_is_sent_where_another_may_lead(outbox: Outbox) -> None:
    sender = Sender(outbox.connect, outbox.send)
    message = Message(make_own(), NextRun.objects.get().changed_at)
    sender.lead_until(time.monotonic() - 0.001)
    sender.put([message])
    sender.stop()
    assert not outbox.sent


def test_message_that_no_broker_takes_is_given_up(outbox: Outbox) -> None:
    outbox.refuses = TypeError("no such argument")
    sender = Sender(outbox.connect, outbox.send)
    sender.lead_until(time.monotonic() + 60)
    message = Message(make_own(), NextRun.objects.get().changed_at)
    UnsentTick.objects.create(periodic_task=message.periodic_task, at=message.at)
    sender.put([message, message])
    sender.stop()
    assert not UnsentTick.objects.exists()


def test_schedule_that_can_not_be_read_is_set_aside_and_others_go_on(beats: Any) -> None:
    solar = SolarSchedule.objects.create(event="sunrise", latitude=52, longitude=13)
    broken = PeriodicTask.objects.create(name="sun", task="app.task", solar=solar)
    make_task()
    beat = beats()
    step_until(beat, what="a tick", condition=Job.objects.exists)
    assert (next_run(broken).at, next_run(broken).changed_at) == (None, None)


def test_tick_that_can_not_be_made_is_set_aside_and_others_go_on(beats: Any) -> None:
    broken = make_task("broken")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE jobs_job ADD CONSTRAINT broken CHECK (name <> 'broken')")
    try:
        good = [make_task(f"good {n}") for n in range(3)]
        beat = beats()
        names = {task.name for task in good}
        step_until(
            beat,
            what="all good ones fire",
            condition=lambda: set(Job.objects.values_list("name", flat=True)) >= names,
        )
        step_until(beat, what="it is set aside", condition=lambda: next_run(broken).at is None)
        assert "broken" in Task.objects.get(id=broken.id).problem["message"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE jobs_job DROP CONSTRAINT broken")


def test_the_scheduler_loads_nothing_and_stores_what_the_settings_name() -> None:
    from config.celery import app

    app.conf.beat_schedule = {"mine": {"task": "app.task", "schedule": 30.0}}
    try:
        scheduler = Scheduler(app)
    finally:
        app.conf.beat_schedule = {}
    assert scheduler.schedule == {}
    names = set(PeriodicTask.objects.values_list("name", flat=True))
    assert names == {"mine", "celery.backend_cleanup"}
    scheduler.close()


def test_the_id_of_a_message_is_that_of_its_celery_task() -> None:
    from config.celery import app

    sent: list[dict[str, Any]] = []

    class Recording(Scheduler):
        def send_task(self, *args: Any, **options: Any) -> None:
            sent.append(options)

    message = Message(make_own(), NextRun.objects.get().changed_at)
    Recording(app, lazy=True)._send(message)
    assert sent[0]["task_id"] == message.id
    assert sent[0]["headers"]["periodic_task_name"] == "own"


def test_what_takes_long_to_work_out_comes_to_its_end(beats: Any) -> None:
    """Each of these is looked for night after night. In one transaction all of them would take
    longer than a leader may be silent, again and again."""
    nights = Calendar.objects.create(name="nights", rules=[{"hours": ["22:00-06:00"]}])
    about = {"calendar": nights, "end_at": timezone.now() + timedelta(days=200)}
    times = [f"{minute} {hour} * * *" for hour in (22, 23) for minute in range(60)]
    tasks = [make_task(f"at {text}", text, **about) for text in times]
    other = make_task()
    beat = beats()
    changed = NextRun.objects.filter(changed_at__isnull=False)
    step_until(beat, what="all are followed", condition=lambda: not changed.exists(), limit=240)
    assert {next_run(task).at for task in tasks} == {None}
    for task in tasks:
        set_due(task, timezone.now())
    made = Job.objects.filter(task_id__in=[task.id for task in tasks])
    step_until(beat, what="all are fired", condition=lambda: made.count() == 120, limit=240)
    assert {next_run(task).at for task in tasks} == {None}
    ticks = Job.objects.filter(task_id=other.id)
    before = ticks.count()
    step_until(beat, what="another tick", condition=lambda: ticks.count() > before)
