"""What Prometheus reads, after its own parser read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from dashboard.metrics import backlog, collector, finished, history, places
from executors.members.models import Member
from executors.models import Process
from jobs.states import ACTIVE, FINAL
from jobs.tokens import issue_token
from tests.support.rows import make_executor, make_job, make_lease

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
Values = dict[tuple[str, ...], float]


@pytest.fixture
def scrape() -> Callable[[str], Values]:
    """Reads one metric: its values by its labels' values, in the order of the labels' names."""

    def read(name: str) -> Values:
        text, _ = collector.render("")
        return {
            tuple(value for _, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text.decode())
            for sample in family.samples
            if sample.name == name
        }

    return read


def test_jobs_are_counted_by_state_and_type(scrape):
    for status in ACTIVE | FINAL:
        make_job(status, type="add_numbers")
    make_job("queued", type="resize_image")
    make_job("completed", type="resize_image")

    expected = {(status, "add_numbers"): 1 for status in ACTIVE | FINAL}
    expected |= {("queued", "resize_image"): 1, ("completed", "resize_image"): 1}
    assert scrape("celeriac_jobs") == expected


def test_many_final_jobs_are_estimated_and_divided_by_type(scrape, monkeypatch):
    monkeypatch.setattr(history, "EXACT", 40)
    make_job("cancelled", age=60 * SECOND)
    for number in range(40):
        make_job("completed", type="resize_image" if number % 4 == 0 else "add_numbers")
        make_job("failed", type="add_numbers")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_job")

    found = scrape("celeriac_jobs")
    assert found["completed", "add_numbers"] == pytest.approx(30, abs=3)
    assert found["completed", "resize_image"] == pytest.approx(10, abs=3)
    assert found["failed", "add_numbers"] == 40
    assert sum(n for (status, _), n in found.items() if status == "cancelled") <= 2


def test_depth_and_age_of_the_queue_by_type_and_priority(scrape):
    make_job("queued", priority=5, age=30 * SECOND)
    make_job("queued", priority=5, age=90 * SECOND)
    make_job("queued", priority=9, available_at=timezone.now() + SECOND)
    make_job("scheduled", priority=5, age=300 * SECOND)

    assert scrape("celeriac_queue_jobs") == {("5", "add_numbers"): 2, ("9", "add_numbers"): 1}
    oldest = scrape("celeriac_queue_oldest_seconds")
    assert 40 < oldest["5", "add_numbers"] < 95
    assert oldest["9", "add_numbers"] == 0


@pytest.fixture
def finish() -> Callable[..., None]:
    """Makes a job that was queued, ran and became final some time ago."""

    def make(status: str, *, queue: float = 0, run: float = 0, ago: float = 1) -> None:
        end = timezone.now() - ago * SECOND
        start = end - run * SECOND
        make_job(
            status, age=end - start, available_at=start - queue * SECOND,
            created_at=start - queue * SECOND, started_at=start, completed_at=end,
        )  # fmt: skip

    return make


def test_rates_look_back_over_the_window(scrape, finish):
    for _ in range(3):
        finish("completed")
    finish("failed")
    finish("completed", ago=finished.WINDOW + 10)
    make_job("running")

    assert scrape("celeriac_jobs_finished_per_second") == {
        ("completed", "add_numbers"): pytest.approx(3 / finished.WINDOW),
        ("failed", "add_numbers"): pytest.approx(1 / finished.WINDOW),
    }


def test_rates_of_many_jobs_look_back_over_the_latest(scrape, finish, monkeypatch):
    monkeypatch.setattr(finished, "SAMPLE", 10)
    for number in range(20):
        finish("completed", ago=10 * (1 + number))
    rate = scrape("celeriac_jobs_finished_per_second")["completed", "add_numbers"]
    assert 0.09 < rate < 0.13


def test_histograms_of_each_phase(scrape, finish):
    finish("completed", queue=0.07, run=3)
    finish("failed", queue=0.07, run=20_000)

    queue = scrape("celeriac_job_queue_seconds_bucket")
    assert queue["0.05", "add_numbers"] == 0
    assert queue["0.1", "add_numbers"] == queue["+Inf", "add_numbers"] == 2
    execution = scrape("celeriac_job_execution_seconds_bucket")
    assert [execution[end, "add_numbers"] for end in ("2.5", "5.0", "7200.0", "+Inf")] == [
        0,
        1,
        1,
        2,
    ]
    total = scrape("celeriac_job_total_seconds_gsum")
    assert total["add_numbers",] == pytest.approx(20_003.14)
    assert scrape("celeriac_job_total_seconds_gcount")["add_numbers",] == 2


def test_slots_and_their_use_by_executor(scrape):
    busy, draining = make_executor("busy"), make_executor("draining", status="draining", slots=8)
    silent = make_executor("silent", last_heartbeat=timezone.now() - 3600 * SECOND)
    make_executor("offline", status="offline")
    make_lease(busy, "assigned")
    make_lease(busy, "claimed", slots=2)
    make_lease(busy, "finished")
    make_lease(silent, "lost")

    names = [("busy",), ("draining",), ("offline",), ("silent",)]
    by_name = lambda metric: [scrape(metric)[name] for name in names]  # noqa: E731
    assert by_name("celeriac_executor_up") == [1, 1, 0, 0]
    assert by_name("celeriac_executor_draining") == [0, 1, 0, 0]
    assert by_name("celeriac_executor_slots") == [4, 8, 4, 4]
    assert by_name("celeriac_executor_slots_used") == [3, 0, 0, 0]
    assert by_name("celeriac_executor_silence_seconds")[3] > 3000
    assert scrape("celeriac_processes")["worker",] == 2
    assert draining.slots == 8


def test_http_executors(scrape):
    then = timezone.now() - 3600 * SECOND
    mute = make_executor("mute", protocol="http", last_heartbeat=then)
    Member.objects.create(
        executor=mute, group="g", instance_id="mute", base_url="", checks_failed=2, refusals=3
    )
    make_executor("gone", protocol="http", status="offline")
    make_executor("worker")

    assert scrape("celeriac_executor_up")["mute",] == 1
    assert scrape("celeriac_executors") == {
        ("celery", "online"): 1,
        ("http", "offline"): 1,
        ("http", "online"): 1,
    }
    assert scrape("celeriac_executor_checks_failed") == {("mute",): 2}
    assert scrape("celeriac_executor_refusals") == {("mute",): 3}
    assert ("mute",) not in scrape("celeriac_executor_silence_seconds")
    assert scrape("celeriac_processes")["worker",] == 1


def test_processes_and_leaders_that_are_alive(scrape):
    now = timezone.now()
    for role, leads, age in [
        ("dispatcher", True, 0), ("dispatcher", False, 0),
        ("dispatcher", True, 60), ("beat", False, 0), ("web", False, 0), ("web", False, 60),
    ]:  # fmt: skip
        Process.objects.create(
            role=role, host="here", pid=1, last_beat=now - age * SECOND,
            leader_since=now if leads else None,
        )  # fmt: skip
    Process.objects.create(role="gateway", host="here", pid=1, ended_at=now)
    expected = {"worker": 0, "web": 1, "gateway": 0, "dispatcher": 2, "beat": 1}
    assert scrape("celeriac_processes") == {(role,): n for role, n in expected.items()}
    assert scrape("celeriac_leaders") == {("dispatcher",): 1, ("beat",): 0}


def test_an_empty_database_is_a_good_scrape(scrape):
    assert scrape("celeriac_scrape_success") == {("jobs",): 1, ("finished",): 1, ("places",): 1}
    assert 0 < scrape("celeriac_scrape_seconds")[()] < 60
    assert scrape("celeriac_jobs") == {}


def test_a_part_that_takes_too_long_leaves_the_others_whole(scrape, monkeypatch, caplog):
    make_executor()
    usual = collector.TIME_LIMIT

    def slow(cursor):
        monkeypatch.setattr(collector, "TIME_LIMIT", usual)  # for the other parts
        cursor.execute("SELECT pg_sleep(60)")

    def scrape_in_haste(name):
        monkeypatch.setattr(collector, "TIME_LIMIT", 0.1)
        return scrape(name)

    monkeypatch.setitem(collector.PARTS, "jobs", slow)
    success = scrape_in_haste("celeriac_scrape_success")
    assert success == {("jobs",): 0, ("finished",): 1, ("places",): 1}
    assert scrape_in_haste("celeriac_executor_up") == {("w1",): 1}
    assert "jobs is left out" in caplog.text


@pytest.mark.parametrize("part", [backlog.read, finished.read, places.read])
def test_no_metric_reads_a_whole_table_of_jobs(part, django_assert_max_num_queries):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with django_assert_max_num_queries(6) as queries:
            part(cursor)
        for query in queries.captured_queries:
            if not query["sql"].startswith("EXPLAIN"):
                cursor.execute(f"EXPLAIN {query['sql']}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
                assert "Seq Scan on jobs_job" not in plan
                assert "Seq Scan on executors_lease" not in plan
                assert "Seq Scan on executors_execution" not in plan


# --- The path ---------------------------------------------------------------------------------
def test_a_scraper_needs_a_token_of_a_viewer(client: Client):
    assert client.get("/metrics").status_code == 401
    viewer = {"Authorization": f"Token {issue_token('prometheus', 'viewer')}"}
    answer = client.get("/metrics", headers=viewer)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"celeriac_scrape_success" in answer.content

    executor = {"Authorization": f"Token {issue_token('machine', 'executor')}"}
    refused = client.get("/metrics", headers=executor)
    assert refused.status_code == 403
    assert refused["Content-Type"].startswith("application/problem+json")


def test_a_user_without_a_role_is_refused(client: Client):
    client.force_login(User.objects.create_user("nobody"))
    assert client.get("/metrics").status_code == 403


def test_metrics_can_be_made_public(client: Client, settings):
    settings.CELERIAC = settings.CELERIAC | {"METRICS_PUBLIC": True}
    assert client.get("/metrics").status_code == 200


def test_prometheus_own_format_is_spoken(client: Client, settings, finish):
    settings.CELERIAC = settings.CELERIAC | {"METRICS_PUBLIC": True}
    finish("completed", queue=1, run=1)
    accept = (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    )
    answer = client.get("/metrics", headers={"Accept": accept})
    assert answer["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in parse_openmetrics(answer.content.decode())}
    assert {"celeriac_jobs", "celeriac_job_total_seconds", "celeriac_leaders"} <= names
