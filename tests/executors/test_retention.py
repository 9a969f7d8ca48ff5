"""Old final jobs go with all that hangs on them; everything else stays."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from executors import retention
from executors.models import Execution, HealthCheck, Lease
from jobs import artifacts, cache, events
from jobs.models import Artifact, Job, JobEvent
from jobs.states import ACTIVE, FINAL
from tests.support.rows import make_execution, make_executor, make_job, make_lease, make_member
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    settings.CELERIAC = settings.CELERIAC | {
        "KEEP": {"completed": WEEK, "failed": 4 * WEEK, "cancelled": None}
    }
    return tmp_path


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_old_checks_of_http_executors_are_removed(settings):
    settings.CELERIAC = settings.CELERIAC | {"KEEP_HEALTH": timedelta(hours=2)}
    executor = make_member().executor
    for hours in (4, 3, 1, 0):
        at = timezone.now() - timedelta(hours=hours)
        HealthCheck.objects.create(executor=executor, healthy=True, at=at, detail=str(hours))
    assert [retention.prune_checks(1) for _ in range(3)] == [1, 1, 0]
    assert retention.prune_checks() == 0
    assert set(HealthCheck.objects.values_list("detail", flat=True)) == {"1", "0"}


def prune(*options: str) -> str:
    out = io.StringIO()
    call_command("prune", *options, stdout=out)
    return out.getvalue()


def test_each_final_state_is_kept_for_its_time():
    ages = [6 * DAY, 8 * DAY, 29 * DAY]
    old = {(status, age): make_job(status, age=age) for status in FINAL for age in ages}

    assert retention.prune_once(100) == 3

    gone = {key for key, job in old.items() if not Job.objects.filter(id=job.id).exists()}
    assert gone == {("completed", 8 * DAY), ("completed", 29 * DAY), ("failed", 29 * DAY)}


def test_what_is_not_final_is_never_removed():
    for status in ACTIVE:
        make_job(status, age=99 * WEEK)
    assert retention.prune_once(100) == 0
    with pytest.raises(ValueError, match="Only final jobs"):
        retention.prune("running", DAY, 100)
    assert Job.objects.count() == len(ACTIVE)


def test_a_job_that_took_long_is_kept_from_its_end(media):
    make_job("completed", age=DAY, created_at=make_job().created_at - 99 * WEEK)
    assert retention.prune_once(100) == 0


def test_no_more_than_the_limit_at_once():
    for _ in range(5):
        make_job("completed", age=8 * DAY)
    assert [retention.prune_once(2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_all_that_hangs_on_a_job_goes_and_nothing_else(media):
    executor = make_executor()
    shared, own = make_lease(executor), make_lease(executor)
    old, young = make_job("completed", age=8 * DAY), make_job("completed")
    for job, lease in ((old, shared), (old, own), (young, shared)):
        make_execution(job, lease)
        artifacts.store(io.BytesIO(b"x"), "made", "text/plain", job_id=str(job.id))
    upload = artifacts.store(io.BytesIO(b"x"), "upload", "text/plain")
    for job in (old, young):
        with connection.cursor() as cursor:
            events.record(cursor, events.LOST, [(str(job.id), {})])
        cache.put({"id": str(job.id), "status": "completed"})

    assert retention.prune_once(100) == 1

    assert [str(lease.id) for lease in Lease.objects.all()] == [str(shared.id)]
    for rows in (Execution, JobEvent):
        assert {str(row.job_id) for row in rows.objects.all()} == {str(young.id)}
    assert {str(row.job_id) for row in Artifact.objects.exclude(id=upload.id)} == {str(young.id)}
    assert {path.name for path in files_in(media)} == {
        str(row.id) for row in Artifact.objects.all()
    }
    assert len(files_in(media)) == 2
    assert cache.get(old.id) is None
    assert cache.get(young.id) is not None


def test_a_live_lease_stays():
    lease = make_lease(make_executor(), "claimed")
    make_execution(make_job("cancelled", age=8 * DAY), lease)
    retention.prune("cancelled", DAY, 100)
    assert not Execution.objects.exists()
    assert str(Lease.objects.get().id) == str(lease.id)


@pytest.mark.django_db(transaction=True)
def test_files_stay_where_the_transaction_fails(media):
    job = make_job("completed", age=8 * DAY)
    artifacts.store(io.BytesIO(b"x"), "made", "text/plain", job_id=str(job.id))
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        assert retention.prune_once(100) == 1
        raise KeyboardInterrupt
    assert Job.objects.exists()
    assert Artifact.objects.exists()
    assert len(files_in(media)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_prunes_that_share_a_lease_leave_none():
    lease = make_lease(make_executor())
    for status in ("completed", "failed"):
        make_execution(make_job(status, age=99 * WEEK), lease)
    waiting_for_lock = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def other() -> None:
        try:
            retention.prune("failed", DAY, 100)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        retention.prune("completed", DAY, 100)
        assert Lease.objects.exists()
        thread.start()

        def blocked() -> bool:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(waiting_for_lock)
                return cursor.fetchone() == (1,)

        wait_until(blocked, what="the other prune waits for the lease")
    thread.join(60)
    assert not Execution.objects.exists()
    assert not Lease.objects.exists()


def test_the_command_goes_on_until_nothing_is_left():
    for _ in range(5):
        make_job("completed", age=8 * DAY)
    assert prune("--batch", "2") == "completed: 5 jobs removed\nfailed: 0 jobs removed\n"
    assert not Job.objects.exists()


def test_the_command_narrows_to_a_state_and_an_age():
    for status in FINAL:
        make_job(status, age=2 * DAY)
        make_job(status, age=timedelta(hours=1))
    assert prune("--status", "cancelled", "--older-than", "24h") == "cancelled: 1 jobs removed\n"
    assert Job.objects.count() == 5
    assert "failed: 2 jobs removed" in prune("--older-than", "30m")
    assert not Job.objects.exists()


def test_a_dry_run_removes_nothing():
    make_job("completed", age=8 * DAY)
    artifacts.store(io.BytesIO(b"x"), "upload", "text/plain")
    Artifact.objects.update(created_at=make_job().created_at - DAY)
    told = prune("--dry-run", "--older-than", "12h", "--orphans")
    assert "completed: 1 jobs would be removed" in told
    assert "uploads: 1 would be removed" in told
    assert Job.objects.filter(status="completed").count() == Artifact.objects.count() == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--status", "running"),
        ("--older-than", "7"),
        ("--older-than", "-1d"),
        ("--older-than", "soon"),
        ("--batch", "0"),
        ("--status", "cancelled"),
    ],
)
def test_the_command_refuses_nonsense(options):
    with pytest.raises(CommandError):
        prune(*options)


@pytest.mark.django_db(transaction=True)
def test_orphans_are_uploads_that_no_payload_names(media):
    used, in_a_list, unused, young = (
        artifacts.store(io.BytesIO(b"x"), name, "text/plain") for name in "abcd"
    )
    Artifact.objects.exclude(id=young.id).update(created_at=make_job().created_at - 8 * WEEK)
    make_job(payload={"artifact": str(used.id).upper()})
    make_job(payload={"files": [{"id": str(in_a_list.id)}, 5]})
    made = artifacts.store(io.BytesIO(b"x"), "e", "text/plain", job_id=str(make_job().id))

    assert "uploads: 1 removed" in prune("--orphans")
    kept = {str(used.id), str(in_a_list.id), str(young.id), str(made.id)}
    assert {str(row.id) for row in Artifact.objects.all()} == kept
    assert {path.name for path in files_in(media)} == kept
    assert str(unused.id) not in kept
