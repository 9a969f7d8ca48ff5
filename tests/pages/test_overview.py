"""The first page, the figures on it, and the chart."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.history import buckets, charts, keeping
from dashboard.history.charts import MEASURES, SPLITS, Asked
from dashboard.history.spans import RANGES, floor
from dashboard.live import latest, looking
from dashboard.overview import queries
from executors.models import Process
from jobs.models import Job
from tests.pages.test_rollup import end_job, end_some, steps
from tests.support.rows import make_executor, make_gateway, make_job, make_lease, make_member
from tests.support.tasks import make_task, set_due

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def told() -> dict[str, Any]:
    return looking.read(["overview"])["overview"]


def chart(text: str) -> dict[int, dict[str, float]]:
    asked = charts.parse(text)
    assert asked
    with connection.cursor() as cursor:
        return charts.read(cursor, asked, timezone.now())


def since_the_hour() -> Callable[[], float]:
    """How long ago the hour began, so that all that ended then is one point of a chart."""
    hour = floor(timezone.now(), 3600) + 2 * SECOND
    return lambda: (timezone.now() - hour).total_seconds()


# --- The page ---------------------------------------------------------------------------------
def test_a_new_installation_is_told_what_to_do_first(login):
    page = login("operator").get("/ui/").text
    assert "Submit a first job" in page
    assert "curl -X POST http://testserver/api/v1/jobs" in page
    assert 'href="/ui/submit"' in page
    latest.forget()
    make_job("completed")
    assert 'id="start" hidden' in login("operator").get("/ui/").text


def test_it_shows_what_there_is(login):
    make_job("queued", age=90 * SECOND)
    make_job("running")
    end_job(10, status="failed", type="resize_image", error={"code": "x", "message": "<b>Boom</b>"})
    steps()
    page = login("viewer").get("/ui/").text
    assert 'data-bind="count.queued">1<' in page
    assert 'data-bind="count.running">1<' in page
    assert "&lt;b&gt;Boom&lt;/b&gt;" in page
    assert "<b>Boom" not in page
    assert "No dispatcher leads" in page


@pytest.mark.parametrize("measure", MEASURES)
def test_every_chart_can_be_asked_for(login, measure):
    end_job(3)
    make_job("queued")
    make_job("running", executor="w2")
    keeping.step()
    viewer = login("viewer")
    for range_, split in product(RANGES, SPLITS):
        page = viewer.get(f"/ui/?range={range_}&measure={measure}&split={split}")
        assert page.status_code == 200
        assert f'data-chart="{range_}:{measure}:{split}"' in page.text
        assert "<td" in page.text.split('id="chart-values"')[1]


def test_htmx_gets_the_chart_alone(login):
    page = login("viewer").get("/ui/?range=6h", headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert page.text.strip().startswith("<section")
    assert "Next ticks" not in page.text


@pytest.mark.parametrize("query", ["range=1y", "measure=<script>", "split=payload", "range="])
def test_a_chart_that_there_is_not_is_refused(login, query):
    answer = login("viewer").get(f"/ui/?{query}")
    assert answer.status_code == 400
    assert "There is no such chart" in answer.text
    assert "<script>al" not in answer.text


def test_no_figure_reads_a_whole_table_of_jobs(django_assert_max_num_queries):
    make_executor()
    make_job("queued", age=90 * SECOND)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with django_assert_max_num_queries(80) as captured:
            queries.read(cursor)
        for query in captured.captured_queries:
            if "jobs_job" in query["sql"] and query["sql"].lstrip()[:6] in {"SELECT", "WITH c"}:
                cursor.execute(f"EXPLAIN {query['sql']}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
                assert "Seq Scan on jobs_job" not in plan


# --- Figures ----------------------------------------------------------------------------------
def test_jobs_are_counted_by_state():
    for status in ("queued", "queued", "scheduled", "waiting", "completed"):
        make_job(status)
    found = told()
    assert (found["count.queued"], found["count.scheduled"], found["count.waiting"]) == (2, 1, 1)
    assert (found["count.running"], found["is_new"]) == (0, False)
    assert found["rate"] == "0.1"


def test_failures_are_counted_by_type_with_the_newest_error():
    for number in range(3):
        error = {"code": "exception", "message": f"Boom {number}"}
        end_job(60 - number, status="failed", type="resize_image", error=error)
    end_job(5, status="failed", type="echo")
    end_job(5, type="noop")
    steps()
    with connection.cursor() as cursor:
        found = queries.read(cursor)
    assert [(its.type, its.number) for its in found.failures] == [("resize_image", 3), ("echo", 1)]
    assert found.failures[0].error == "Boom 2"
    assert (found.hour.completed, found.hour.failed) == (1, 4)


def test_slots_and_processes():
    now = timezone.now()
    busy = make_executor("busy", last_heartbeat=now)
    make_executor("away", status="draining")
    make_executor("silent", last_heartbeat=now - 3600 * SECOND)
    make_executor("gone", status="offline")
    make_lease(busy, "assigned", slots=3)
    Process.objects.create(role="dispatcher", host="here", pid=7, leader_since=now)
    Process.objects.create(role="beat", host="here", pid=8)
    with connection.cursor() as cursor:
        found = queries.read(cursor)
    fleet = found.fleet
    assert (fleet.online, fleet.used, fleet.slots, fleet.offline) == (1, 3, 4, 1)
    assert (fleet.silent, fleet.draining) == (["silent"], ["away"])
    assert (found.leads("dispatcher"), found.leads("beat")) == (True, False)
    assert "here, process 7" in told()["html.processes"]


def test_web_processes_and_gateways():
    now = timezone.now()
    assert "none runs" not in told()["html.processes"]
    make_member()
    assert "none runs" in told()["html.processes"]
    assert "No gateway runs: 1 HTTP executor" in told()["html.attention"]
    gateway = make_gateway(last_beat=now - 5 * SECOND, ended_at=now - 5 * SECOND)
    assert "ended just now" in told()["html.processes"]
    assert "No gateway" not in told()["html.attention"]
    Process.objects.filter(id=gateway.id).update(ended_at=None)
    for _ in range(2):
        Process.objects.create(role="web", host="here", pid=9)
    with connection.cursor() as cursor:
        assert [its.role for its in queries.read(cursor).processes] == ["web", "web", "gateway"]
    parts = told()["html.processes"]
    assert ("2 running" in parts, "1 running" in parts, "standing by" in parts) == (
        True, True, False
    )  # fmt: skip


def test_the_next_ticks_come_in_their_order():
    now = timezone.now()
    for name, ahead in [("later", 60), ("sooner", 5), ("off", 1)]:
        set_due(make_task(name, enabled=name != "off"), now + ahead * SECOND)
    with connection.cursor() as cursor:
        assert [its.name for its in queries.read(cursor).ticks] == ["sooner", "later"]


def test_why_the_oldest_waits_is_asked_of_the_planner():
    job = make_job("queued", age=120 * SECOND)
    make_job("queued", age=5 * SECOND)
    with connection.cursor() as cursor:
        oldest = queries.read(cursor).oldest
    assert oldest is not None
    assert oldest.id == str(job.id)
    assert oldest.reason


# --- The chart --------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("range_", ["5m", "1h", "6h", "24h", "7d"])
def test_points_are_what_the_jobs_say(seed, range_):
    end_some(seed, 200)
    steps()
    step = RANGES[range_].step
    counted: Counter[tuple[int, str]] = Counter()
    for job in Job.objects.filter(completed_at__isnull=False):
        counted[int(floor(job.completed_at, step).timestamp()), job.status] += 1
    points = chart(f"{range_}:finished:status")
    assert {
        (start, name): value for start, values in points.items() for name, value in values.items()
    } == counted
    assert len(points) == RANGES[range_].seconds // step


def test_quantiles_are_those_of_the_jobs():
    random.seed(7)
    ago = since_the_hour()
    for number in range(100):
        end_job(ago(), type="a" if number % 2 else "b")
    steps()
    times = sorted(job.execution_time for job in Job.objects.all())
    [values] = [values for values in chart("7d:execution:none").values() if values]
    for name, share in charts.SHARES.items():
        exact = times[int(share * (len(times) - 1))]
        assert values[name] == pytest.approx(exact, rel=buckets.ACCURACY * 1.05)
    [split] = [values for values in chart("7d:execution:type").values() if values]
    assert split.keys() == {"a", "b"}


def test_the_backlog_is_the_mean_of_its_looks():
    make_job("queued")
    keeping.step()
    make_job("queued")
    make_job("queued", type="echo")
    keeping.step()
    values = [values for values in chart("1h:queued:type").values() if values]
    assert sum(its["add_numbers"] for its in values) in {1.5, 3.0}
    assert [values for values in chart("1h:running:none").values() if values] == []


def test_the_smallest_series_are_one():
    ago = since_the_hour()
    for number in range(charts.NAMED + 3):
        end_job(ago(), type=f"type{number}")
        end_job(ago(), type=f"type{number % charts.NAMED}")
    steps()
    [values] = [values for values in chart("7d:finished:type").values() if values]
    assert len(values) == charts.NAMED + 1
    assert values[charts.REST] == 3


@given(st.text(max_size=30))
def test_only_charts_that_there_are_are_read(text):
    asked = charts.parse(text)
    assert asked is None or (asked.is_known and str(asked) == text)
    assert charts.parse(str(Asked()))
