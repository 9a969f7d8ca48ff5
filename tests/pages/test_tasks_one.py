"""The page of a task, its backfills, and the map of the coming day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from dashboard.tasks.chart import draw
from dashboard.tasks.collisions import MINUTES, Group, by_minute, count
from dashboard.tasks.collisions_reading import collisions
from dashboard.tasks.outcomes import Outcome
from dashboard.tasks.views.heatmap import HEATS, USUAL, cells, heat
from jobs.models import Job
from scheduling import cron
from scheduling.calendars import load
from scheduling.firing.definition import Timetable
from scheduling.misfire import Rules, first
from scheduling.models import Backfill, NextRun
from tests.support.rows import make_job
from tests.support.tasks import make_task

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
START = datetime(2030, 3, 31, 0, 7, tzinfo=UTC)  # Berlin's clocks are changed an hour later
SPAN = {"from": "2026-01-01T00:00", "to": "2026-01-01T03:00"}


def page_of(task) -> str:
    return f"/ui/tasks/{task.pk}"


def test_the_page_says_when_what_and_what_came_of_it(login):
    task = make_task("report", "30 2 * * *", timezone="Asia/Tokyo", description="Of the night")
    ran = make_job("completed", task_id=task.pk)
    Job.objects.filter(pk=ran.pk).update(completed_at=ran.started_at + timedelta(seconds=2))
    page = login("viewer").get(page_of(task))
    for text in ("At 02:30 every day", "02:30:00 JST", "Of the night", str(ran.pk)[-8:], "2 s"):
        assert text in page.text
    assert "Edit" not in page.text


def test_its_next_ticks_can_be_asked_for_alone(login):
    task = make_task("report", "30 2 * * *", timezone="Asia/Tokyo")
    part = login("viewer").get(f"{page_of(task)}?part=ticks").text
    assert part.count("02:30:00 JST") == 8
    assert "<html" not in part


def test_what_keeps_a_task_from_running_is_told(login):
    reason = {
        "code": "x",
        "message": "Too many.",
        "job": str(make_job().pk),
        "at": "2026-01-01T00:00:00Z",
    }
    task = make_task(
        "report",
        enabled=False,
        pause_reason=reason,
        problem={"code": "y", "message": "It is gone."},
    )
    page = login("viewer").get(page_of(task)).text
    assert "It is gone." in page
    assert "Too many." in page


def test_its_history_can_be_had_alone(login):
    task = make_task()
    make_job("failed", task_id=task.pk)
    part = login("viewer").get(page_of(task) + "?part=history", headers=PART)
    assert "badge-failed" in part.text
    assert "<html" not in part.text


@pytest.mark.parametrize("path", ["", "/edit", "/delete", "/backfill"])
def test_a_task_that_is_not_there_is_404(login, path):
    unknown = "01890000-0000-7000-8000-000000000000"
    assert login("operator").get(f"/ui/tasks/{unknown}{path}").status_code == 404
    assert login("operator").get(f"/ui/tasks/nonsense{path}").status_code == 404


def test_the_chart_has_a_bar_for_each_job_that_ran():
    made = [Outcome("1", "completed", None, None, 2.0), Outcome("2", "failed", None, None, 1.0)]
    chart = draw([*made, Outcome("3", "queued", None, None, None)])
    assert chart is not None
    assert [bar.height for bar in chart.bars] == [chart.height, chart.height / 2]
    assert "1.5 s in the middle, 2 s at most" in chart.words
    assert draw([Outcome("3", "queued", None, None, None)]) is None


def test_a_backfill_is_tried_then_made_then_ended(login):
    task = make_task("report", "0 * * * *", timezone="Asia/Tokyo")
    client, path = login("operator"), page_of(task) + "/backfill"
    tried = client.post(path, SPAN | {"dry_run": "true"}, headers=PART)
    assert "3 ticks in this span" in tried.text
    assert not Backfill.objects.exists()
    client.post(path, SPAN | {"concurrency": "2"}, headers=PART)
    backfill = Backfill.objects.get()
    # The span is on a clock in the task's zone.
    assert backfill.from_at == datetime(2025, 12, 31, 15, tzinfo=UTC)
    assert (backfill.concurrency, backfill.created_by) == (2, "the-operator")
    assert 'max="3" value="0"' in client.get(page_of(task)).text
    cancel = reverse("ui:backfill_cancel", args=[backfill.pk])
    assert "badge-cancelled" in client.post(cancel, headers=PART).text
    assert "has ended already" in client.post(cancel, headers=PART).text


@pytest.mark.parametrize(
    "given",
    [
        {"from": "", "to": ""},
        {"from": "yesterday"},
        {"to": "2025-12-31T00:00"},
        {"to": "9999-12-31T23:59"},
        {"from": "0001-01-01T00:00"},
        {"concurrency": "many"},
        {"concurrency": "0"},
        {"priority": "10"},
    ],
)
def test_a_backfill_that_makes_no_sense_is_refused_where_it_was_asked(login, given):
    task = make_task("report", "0 * * * *", timezone="Asia/Tokyo")
    answer = login("operator").post(page_of(task) + "/backfill", SPAN | given, headers=PART)
    assert 'role="alert"' in answer.text
    assert not Backfill.objects.exists()


def test_a_viewer_backfills_nothing(login):
    task = make_task("report", "0 * * * *")
    assert login("viewer").post(page_of(task) + "/backfill", SPAN).status_code == 403
    assert "backfill-form" not in login("viewer").get(page_of(task)).text


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        ("*/10 * * * * *", "UTC"), ("5,35 */7 9-17 * * *", "Europe/Berlin"),
        ("*/5 * * * *", "UTC"), ("30 2 * * *", "Europe/Berlin"), ("@every 90s", "UTC"),
        ("@every 7s", "UTC"), ("@every 3h", "UTC"), ("0 0 * * 1", "UTC"), ("@after 5s", "UTC"),
    ],
)  # fmt: skip
def test_minutes_are_counted_as_walking_tick_by_tick_would(expression, zone):
    schedule = cron.parse(expression, zone, anchor=START - timedelta(days=3, seconds=11))
    rules = Rules(end_at=START + timedelta(hours=20))
    walked: dict[int, int] = {}
    tick = (
        None
        if expression.startswith("@after")
        else first(schedule, START - timedelta(microseconds=1), rules)
    )
    while tick and tick < START + timedelta(days=1):
        minute = (tick - START) // timedelta(minutes=1)
        walked[minute] = walked.get(minute, 0) + 1
        tick = first(schedule, tick, rules)
    counted: dict[int, int] = {}
    for minute, ticks in by_minute(Timetable(schedule, rules), START):
        counted[minute] = counted.get(minute, 0) + ticks
    assert counted == walked


def test_a_calendar_takes_ticks_away():
    calendar = load("exclude", "UTC", [{"hours": ["02:00-24:00"]}])
    schedule = cron.parse("@every 10m", anchor=START)
    minutes = [m for m, _ in by_minute(Timetable(schedule, Rules(calendar=calendar)), START)]
    assert minutes == list(range(0, 113, 10))


def test_tasks_of_one_timetable_are_counted_together():
    hourly = Timetable(cron.parse("0 * * * *"), Rules())
    found = count([Group(hourly, 40_000, ("a", "b"))], START, 100_000)
    assert max(found.ticks) == 40_000
    assert sum(found.ticks) == 24 * 40_000
    assert max(found.firing) == 40_000
    assert (found.tasks, found.all_tasks) == (40_000, 100_000)


def test_a_cell_is_hot_beside_what_is_usual():
    assert heat(0, 5) == 0
    assert heat(5, 5) == USUAL
    assert heat(1, 100) == 1
    assert heat(1000, 5) == HEATS
    found = count(
        [Group(Timetable(cron.parse("@every 1m", anchor=START), Rules()), 1, ("a",))], START, 1
    )
    rows = cells(found)
    assert len(rows) == 25
    assert all(len(row) == 12 for row in rows)
    assert sum(cell.ticks for row in rows for cell in row if cell) == MINUTES


def test_the_map_shows_who_collides(login):
    for name in ("alpha", "beta", "paused"):
        task = make_task(name, "0 * * * *", enabled=name != "paused")
        NextRun.objects.filter(pk=task.periodic_task_id).update(at=START, changed_at=None)
    page = login("viewer").get("/ui/tasks/heatmap")
    assert "48 ticks of 2 enabled tasks" in page.text
    assert "alpha" in page.text
    assert "paused" not in page.text
    assert max(collisions().ticks) == 2


def test_a_day_without_ticks_says_so(login):
    make_task("never", None)
    assert "No ticks in the coming day" in login("viewer").get("/ui/tasks/heatmap").text
