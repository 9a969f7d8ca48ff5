"""How jobs come into being, and what a unique key means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from jobs import lifecycle
from jobs.errors import JobNotFound, NotFinished
from jobs.ids import uuid7
from jobs.models import Job
from jobs.states import ACTIVE, FINAL, JobState
from jobs.submission import NewJob
from jobs.wishes import OnShortage, Placing
from tests.support.races import Rival
from tests.support.rows import make_job

pytestmark = pytest.mark.django_db


def new_job(n: int = 0, **fields: Any) -> NewJob:
    defaults = {"type": "echo", "payload": f'{{"n": {n}}}', "name": f"echo {n}"}
    return NewJob(**(defaults | fields))


def test_every_field_is_stored(cursor: Any) -> None:
    given = new_job(
        name='a "name", {with} \\ signs, NULL and ünï©ode ☃',
        payload='{"n": 7, "deep": [null, "\\"quoted\\"", {"a": 1.5}]}',
        priority=9,
        thread_demand=3,
        max_attempts=5,
        timeout=2.5,
        unique_key='key, with "signs" {}',
        retry_of=uuid7(),
        task_id=uuid7(),
        scheduled_for=datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC),
        submitted_by="somebody",
        chunks=30,
        placement=Placing.PACK,
        on_shortage=OnShortage.WAIT,
        requires={"zone": "a", "gpu": "true"},
    )
    (submitted,) = lifecycle.submit(cursor, [given])
    job = Job.objects.get(id=submitted.id)
    assert submitted.created
    assert job.payload == {"n": 7, "deep": [None, '"quoted"', {"a": 1.5}]}
    same = (
        "type", "name", "priority", "thread_demand", "max_attempts", "timeout", "unique_key",
        "scheduled_for", "submitted_by", "chunks", "placement", "on_shortage", "requires",
    )  # fmt: skip
    assert {name: getattr(job, name) for name in same} == {
        name: getattr(given, name) for name in same
    }
    assert (str(job.retry_of), str(job.task_id)) == (given.retry_of, given.task_id)
    assert (job.status, job.attempt, job.isolated) == (JobState.QUEUED, 0, False)
    assert job.placement_class == given.placement_class
    assert (job.chunk_count, job.width) == (None, None)
    assert job.created_at == job.available_at
    assert (job.started_at, job.completed_at, job.execution_id, job.executor) == (None,) * 4
    assert not job.events.exists()


@pytest.mark.parametrize(
    ("fields", "placement_class"),
    [
        ({}, "echo/1"),
        ({"thread_demand": 3}, "echo/3"),
        ({"chunks": 9}, "echo/1"),
        ({"placement": Placing.PACK, "on_shortage": OnShortage.WAIT}, "echo/1"),
        ({"placement": Placing.PACK, "thread_demand": 2}, "echo/2/pack"),
        ({"placement": Placing.PACK, "chunks": 2}, "echo/1/pack"),
        ({"on_shortage": OnShortage.DEGRADE, "thread_demand": 8}, "echo/8/degrade"),
        (
            {"placement": Placing.PACK, "on_shortage": OnShortage.WAIT, "thread_demand": 8},
            "echo/8/pack/wait",
        ),
    ],
)
def test_jobs_of_one_class_fit_the_same_places(fields: Any, placement_class: str) -> None:
    assert new_job(**fields).placement_class == placement_class


def test_required_labels_make_a_class_of_their_own() -> None:
    requires = [{}, {"gpu": "true"}, {"gpu": "false"}, {"zone": "a", "gpu": "true"}]
    classes = {new_job(requires=one).placement_class for one in requires}
    assert len(classes) == 4
    assert all(one.startswith("echo/1") for one in classes)
    same = {"gpu": "true", "zone": "a"}
    assert new_job(requires=same).placement_class in classes
    longest = new_job(
        type="x" * 100, thread_demand=32767, requires=same, placement=Placing.SPREAD,
        on_shortage=OnShortage.DEGRADE,
    )  # fmt: skip
    assert len(longest.placement_class) <= Job._meta.get_field("placement_class").max_length - 5


def test_ids_are_in_the_order_of_the_jobs(cursor: Any) -> None:
    submitted = lifecycle.submit(cursor, [new_job(n) for n in range(300)])
    ids = [its.id for its in submitted]
    assert ids == sorted(ids)
    payloads = {str(job.id): job.payload["n"] for job in Job.objects.all()}
    assert [payloads[id_] for id_ in ids] == list(range(300))


@pytest.mark.parametrize(
    ("ahead", "status"), [(60, JobState.SCHEDULED), (-60, JobState.QUEUED), (None, JobState.QUEUED)]
)
def test_start_in_the_future_is_waited_for(cursor: Any, ahead: int | None, status: str) -> None:
    run_at = None if ahead is None else datetime.now(UTC) + timedelta(seconds=ahead)
    (submitted,) = lifecycle.submit(cursor, [new_job(run_at=run_at)])
    job = Job.objects.get(id=submitted.id)
    assert (job.status, job.run_at) == (status, run_at)
    # Queue time counts from the later of creation and `run_at`.
    assert job.available_at == max(filter(None, (run_at, job.created_at)))


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_unique_key_of_a_live_job_gives_that_job(cursor: Any, status: str) -> None:
    holder = make_job(status, unique_key="only one")
    (submitted,) = lifecycle.submit(cursor, [new_job(unique_key="only one")])
    assert (submitted.id, submitted.created) == (str(holder.id), False)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("status", sorted(FINAL))
def test_unique_key_of_a_final_job_is_free(cursor: Any, status: str) -> None:
    holder = make_job(status, unique_key="only one")
    (submitted,) = lifecycle.submit(cursor, [new_job(unique_key="only one")])
    assert submitted.created
    assert submitted.id != str(holder.id)


def test_unique_key_twice_in_one_request(cursor: Any) -> None:
    jobs = [new_job(0, unique_key="k"), new_job(1), new_job(2, unique_key="k"), new_job(3)]
    first, plain, second, last = lifecycle.submit(cursor, jobs)
    assert (second.id, second.created) == (first.id, False)
    assert first.created
    assert plain.created
    assert last.created
    assert sorted(Job.objects.values_list("payload__n", flat=True)) == [0, 1, 3]


def test_unique_key_that_another_connection_is_just_taking(rival: Rival) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        (mine,) = lifecycle.submit(cursor, [new_job(unique_key="k")])
        theirs = rival.begin(lambda c: lifecycle.submit(c, [new_job(unique_key="k")]))
        rival.wait_blocked()
    ((id_, created),) = [(its.id, its.created) for its in theirs.result()]
    assert (id_, created) == (mine.id, False)
    assert Job.objects.count() == 1


def test_unique_key_that_another_connection_gives_up(rival: Rival) -> None:
    with connection.cursor() as cursor:
        transaction.set_autocommit(False)
        try:
            (mine,) = lifecycle.submit(cursor, [new_job(unique_key="k")])
            theirs = rival.begin(lambda c: lifecycle.submit(c, [new_job(unique_key="k")]))
            rival.wait_blocked()
            transaction.rollback()
        finally:
            transaction.set_autocommit(True)
    (submitted,) = theirs.result()
    assert submitted.created
    assert submitted.id != mine.id


def test_unique_key_whose_holder_becomes_final_meanwhile(rival: Rival) -> None:
    holder = make_job(unique_key="k")
    with transaction.atomic(), connection.cursor() as cursor:
        lifecycle.cancel(cursor, [str(holder.id)], "")
        theirs = rival.begin(lambda c: lifecycle.submit(c, [new_job(unique_key="k")]))
        rival.wait_blocked()
    (submitted,) = theirs.result()
    assert submitted.created


def test_unique_key_whose_holder_becomes_final_before_it_is_looked_up(rival: Rival) -> None:
    holder = make_job(unique_key="k")

    class Cursor:
        """Lets the rival in between the insertion, which finds the holder, and the look-up."""

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def execute(self, statement: str, *parameters: Any) -> None:
            if statement.lstrip().startswith("SELECT id"):
                rival.do(lambda c: lifecycle.cancel(c, [str(holder.id)], ""))
            real.execute(statement, *parameters)

    with transaction.atomic(), connection.cursor() as real:
        (submitted,) = lifecycle.submit(Cursor(), [new_job(unique_key="k")])
    assert submitted.created
    assert Job.objects.get(id=submitted.id).status == JobState.QUEUED


@pytest.mark.parametrize("status", sorted(FINAL))
def test_retry_is_a_new_job_with_the_same_content(cursor: Any, status: str) -> None:
    old = make_job(
        status, payload={"a": 1.5}, priority=8, thread_demand=2, max_attempts=7, timeout=3.0,
        attempt=7, chunks=5, placement="pack", on_shortage="wait", requires={"gpu": "true"},
        chunk_count=5,
    )  # fmt: skip
    new = Job.objects.get(id=lifecycle.retry(cursor, str(old.id), "somebody").id)
    assert (new.status, new.attempt, str(new.retry_of)) == (JobState.QUEUED, 0, str(old.id))
    assert new.submitted_by == "somebody"
    (event,) = old.events.all()
    assert (event.kind, event.actor) == ("retried", "somebody")
    assert event.data == {"retried_as": str(new.id)}
    for name in (
        "type", "payload", "name", "priority", "thread_demand", "max_attempts", "timeout",
        "chunks", "placement", "on_shortage", "requires",
    ):  # fmt: skip
        assert getattr(new, name) == getattr(old, name)
    assert new.chunk_count is None


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_unfinished_job_is_not_retried(cursor: Any, status: str) -> None:
    job = make_job(status)
    with pytest.raises(NotFinished, match=status):
        lifecycle.retry(cursor, str(job.id), "")
    assert Job.objects.count() == 1


def test_unknown_job_is_not_retried(cursor: Any) -> None:
    with pytest.raises(JobNotFound):
        lifecycle.retry(cursor, uuid7(), "")
