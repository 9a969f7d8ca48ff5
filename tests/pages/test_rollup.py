"""History: what is written of ended jobs is what a query over the jobs themselves would say."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.history import backlogs, buckets, keeping
from dashboard.history.spans import KEPT, RANGES, floor, starts
from dashboard.models import Backlog, Progress, Tally
from jobs.models import Job
from tests.support.races import Rival
from tests.support.rows import make_job
from tests.support.waiting import wait_until

SECOND = timedelta(seconds=1)


# --- Histograms -------------------------------------------------------------------------------
@given(st.lists(st.floats(1e-3, 1e6), min_size=1), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_within_its_accuracy(seconds, share):
    counts = Counter(map(buckets.bucket, seconds))
    exact = sorted(seconds)[int(share * (len(seconds) - 1))]
    found = buckets.quantile(counts, share)
    assert found == pytest.approx(exact, rel=buckets.ACCURACY * 1.001)


@given(st.lists(st.floats(1e-3, 1e6), min_size=1), st.integers(0, 100))
def test_histograms_add_up_without_loss(seconds, cut):
    parts = Counter(map(buckets.bucket, seconds[:cut])) + Counter(
        map(buckets.bucket, seconds[cut:])
    )
    assert parts == Counter(map(buckets.bucket, seconds))


def test_nothing_has_no_quantile():
    assert buckets.quantile({}, 0.5) is None


@pytest.mark.django_db
def test_postgres_and_python_find_the_same_buckets(cursor):
    seconds = [0.0, 1e-9, 1e-4, 0.001, 0.5, 1.0, 59.9, 3600.0, 1e6, *(1.07**n for n in range(200))]
    cursor.execute(f"SELECT {buckets.SQL.format('s')} FROM unnest(%s::float8[]) s", (seconds,))
    assert [row[0] for row in cursor.fetchall()] == [buckets.bucket(s) for s in seconds]


# --- Spans ------------------------------------------------------------------------------------
@given(st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds + 0.5, UTC)))
def test_the_points_of_a_range_end_with_the_one_under_way(now):
    for shown in RANGES.values():
        found = starts(shown, now)
        assert len(found) == shown.seconds // shown.step
        assert found[-1] <= now.timestamp() < found[-1] + shown.step
        assert KEPT[shown.span] > timedelta(seconds=shown.seconds + shown.step)


# --- Tallies ----------------------------------------------------------------------------------
def end_job(ago: float, **fields: Any) -> Job:
    """A job that ended so many seconds ago, after it had waited and run for random times."""
    completed = timezone.now() - ago * SECOND
    status = fields.pop("status", "completed")
    times: dict[str, Any] = {"completed_at": completed}
    if status != "cancelled":
        started = completed - random.uniform(0.001, 30) * SECOND
        times |= {"started_at": started, "available_at": started - random.uniform(0, 9) * SECOND}
        times["created_at"] = times["available_at"]
    return make_job(status, **(times | fields))


def steps() -> None:
    """Takes steps until history is up to date."""
    for _ in range(300):
        if not keeping.step():
            return
    raise AssertionError("history is never up to date")


def expected(span: int) -> dict[tuple[Any, ...], tuple[int, Counter[int], Counter[int]]]:
    """Jobs and their histograms by kind and span, as the jobs themselves have them."""
    found: dict[tuple[Any, ...], Any] = {}
    for job in Job.objects.filter(completed_at__isnull=False):
        kind = (job.type, job.status, job.executor or "", job.priority)
        key = (floor(job.completed_at, span), *kind)
        count, execution, queue = found.get(key, (0, Counter(), Counter()))
        if job.execution_time is not None:
            execution[buckets.bucket(job.execution_time)] += 1
        if job.queue_time is not None:
            queue[buckets.bucket(job.queue_time)] += 1
        found[key] = (count + 1, execution, queue)
    return found


def written(span: int) -> dict[tuple[Any, ...], tuple[int, Counter[int], Counter[int]]]:
    """The same as history has it."""
    return {
        (row.start, row.type, row.status, row.executor, row.priority): (
            row.count,
            Counter(dict(zip(row.execution_buckets, row.execution_counts, strict=True))),
            Counter(dict(zip(row.queue_buckets, row.queue_counts, strict=True))),
        )
        for row in Tally.objects.filter(span=span)
    }


def end_some(seed: int, longest: float) -> None:
    random.seed(seed)
    for _ in range(60):
        end_job(
            random.uniform(0, longest),
            type=random.choice(["echo", "noop"]),
            status=random.choice(["completed", "completed", "failed", "cancelled"]),
            priority=random.randint(4, 6),
            executor=random.choice(["w1", "w2", None]),
            execution_id="00000000-0000-7000-8000-000000000000",
        )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_history_is_what_the_jobs_say(seed):
    make_job("running")
    end_some(seed, 300)
    steps()
    end_some(seed + 100, 5)
    steps()
    for span in KEPT:
        assert written(span) == expected(span)


@pytest.mark.django_db
def test_a_new_installation_begins_with_what_there_is():
    end_some(1, 20 * 3600)
    steps()
    assert written(600) == expected(600)
    assert written(3600) == expected(3600)
    assert Progress.objects.get().settled > timezone.now() - 60 * SECOND


@pytest.mark.django_db
def test_a_step_that_is_repeated_changes_nothing():
    end_some(2, 60)
    steps()
    before = written(60)
    Progress.objects.all().delete()
    steps()
    assert written(60) == before == expected(60)


@pytest.mark.django_db
def test_little_at_once_comes_to_the_same(monkeypatch):
    monkeypatch.setattr(keeping, "JOBS_AT_ONCE", 3)
    end_some(3, 120)
    steps()
    assert written(60) == expected(60)


@pytest.mark.django_db
def test_jobs_that_were_removed_stay_counted():
    end_some(4, 60)
    steps()
    counted = expected(60)
    Job.objects.all().delete()
    steps()
    assert written(60) == counted


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_late_is_counted(rival: Rival, gate: threading.Event, monkeypatch):
    monkeypatch.setattr(keeping, "SETTLES_AFTER", timedelta(0))
    end_job(1)
    steps()
    job = make_job("running")
    ended = threading.Event()

    def end(cursor: Any) -> None:
        statement = "UPDATE jobs_job SET status = 'completed', completed_at = now() WHERE id = %s"
        cursor.execute(statement, (str(job.id),))
        ended.set()
        assert gate.wait(60)

    ending = rival.begin(end)
    assert ended.wait(60)
    began = timezone.now()
    wait_until(lambda: floor(timezone.now(), 5) > began, what="it might have been settled")
    end_job(0)
    keeping.step()
    settled = Progress.objects.get().settled
    gate.set()
    ending.result(60)
    job.refresh_from_db()
    assert settled <= job.completed_at
    steps()
    assert written(5) == expected(5)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.mark.django_db
def test_what_comes_hours_late_is_found_by_the_review():
    end_job(1)
    steps()
    late = end_job(3 * 3600, type="late")
    minutes = int(keeping.REVIEWED / keeping.MINUTE)
    for _ in range(minutes + 2):
        keeping.step()
    assert written(60)[floor(late.completed_at, 60), "late", "completed", "", 5][0] == 1
    assert Tally.objects.get(span=3600, type="late").count == 1


@pytest.mark.django_db
def test_what_is_old_is_forgotten():
    now = timezone.now()
    for span, kept in KEPT.items():
        for age in (kept - 100 * SECOND, kept + 3601 * SECOND):
            Tally.objects.create(
                span=span, start=now - age, type="noop", status="completed", executor="",
                priority=5, count=1, execution_buckets=[], execution_counts=[], queue_buckets=[],
                queue_counts=[],
            )  # fmt: skip
            Backlog.objects.create(span=span, start=now - age, looks=1, groups=[])
    Progress.objects.create(settled=now, reviewed=now)
    keeping.step()
    assert [Tally.objects.filter(span=span).count() for span in KEPT] == [1] * len(KEPT)
    for span, kept in KEPT.items():
        assert not Backlog.objects.filter(span=span, start__lt=now - kept).exists()
        assert Backlog.objects.filter(span=span).count() == 2


@pytest.mark.django_db
def test_the_backlog_is_looked_at_and_added_up(cursor):
    # At the same moment: two steps might be of two hours.
    now = timezone.now()
    make_job("queued", priority=7)
    make_job("running", executor="w2")
    backlogs.look(cursor, now)
    make_job("queued", priority=7)
    backlogs.look(cursor, now)
    row = Backlog.objects.get(span=3600)
    assert (row.looks, row.groups) == (
        2,
        [["queued", "add_numbers", "", 7, 3], ["running", "add_numbers", "w2", 5, 2]],
    )


@pytest.mark.django_db(transaction=True)
def test_only_one_writes_at_a_time(rival: Rival):
    end_job(1)
    rival.do(lambda cursor: cursor.execute("SELECT pg_advisory_lock(%s)", (keeping.LOCK,)))
    assert keeping.step() is False
    assert not Tally.objects.exists()
    rival.do(lambda cursor: cursor.execute("SELECT pg_advisory_unlock(%s)", (keeping.LOCK,)))
    keeping.step()
    assert Tally.objects.exists()


@pytest.mark.django_db
def test_no_step_reads_a_whole_table_of_jobs(django_assert_max_num_queries):
    end_job(1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with django_assert_max_num_queries(60) as queries:
            keeping.step()
        for query in queries.captured_queries:
            if "jobs_job" in query["sql"]:
                cursor.execute(f"EXPLAIN {query['sql']}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
                assert "Seq Scan on jobs_job" not in plan


@pytest.mark.django_db(transaction=True)
def test_a_look_at_the_backlog_that_takes_too_long_is_all_that_is_missing(rival, monkeypatch):
    """Another who writes the same rows makes it as slow as a very large backlog."""
    now = timezone.now()
    for hour in (now, now + timedelta(hours=1)):
        Backlog.objects.create(span=3600, start=floor(hour, 3600), looks=0, groups=[])
    end_job(60, type="ended")
    rival.connection.cursor().execute("SELECT FROM dashboard_backlog FOR UPDATE")
    with monkeypatch.context() as hasty:
        hasty.setattr(keeping, "LOOK_LIMIT", 0.1)
        steps()
    rival.connection.rollback()
    assert Tally.objects.filter(type="ended").exists()
    assert not Backlog.objects.exclude(looks=0).exists()
    keeping.step()
    assert Backlog.objects.filter(span=3600, looks=1).count() == 1
