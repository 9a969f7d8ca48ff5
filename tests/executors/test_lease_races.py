"""What wins when two want something else of the same lease."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection, transaction

from executors import leases
from executors.leases import Tally
from jobs.states import JobState
from tests.support.races import Rival
from tests.support.situations import assigned, running

pytestmark = pytest.mark.django_db


def test_two_claims_at_once(rival: Rival) -> None:
    it = assigned(3)
    with transaction.atomic(), connection.cursor() as cursor:
        mine = it.claim(cursor)
        theirs = rival.begin(lambda c: it.claim(c))
        rival.wait_blocked()
    assert mine is not None
    assert theirs.result() is None
    assert it.states() == ("claimed", ["running"] * 3, ["running"] * 3)
    assert [job.attempt for job in mine.jobs] == [job.attempt for job in it.jobs] == [1, 1, 1]


def test_times_of_a_claim_that_took_long_are_not_in_the_future(rival: Rival) -> None:
    """What has ended there must not seem to end after what was begun later elsewhere."""
    it = assigned(1)
    rival.connection.autocommit = True
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK executors_lease IN ACCESS EXCLUSIVE MODE")
        theirs = rival.begin(lambda c: it.claim(c))
        rival.wait_blocked()
    claim = theirs.result()
    assert claim is not None
    by_the_claim = claim.jobs[0].now - claim.anchor + time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT date_part('epoch', clock_timestamp())")
        assert by_the_claim <= cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("take", "ended"),
    [
        (lambda c, it: leases.release(c, [it.lease_id]), "released"),
        (lambda c, it: leases.lose(c, [it.lease_id], "gone"), "lost"),
    ],
)
def test_claim_against_taking_back(rival: Rival, take: Any, ended: str) -> None:
    it = assigned(3)
    with transaction.atomic(), connection.cursor() as cursor:
        assert sorted(take(cursor, it)) == it.ids
        theirs = rival.begin(lambda c: it.claim(c))
        rival.wait_blocked()
    assert theirs.result() is None
    assert it.states() == (ended, [ended] * 3, ["queued"] * 3)
    assert {job.attempt for job in it.jobs} == {0}


def test_release_against_an_earlier_claim(rival: Rival) -> None:
    it = assigned(3)
    with transaction.atomic(), connection.cursor() as cursor:
        assert it.claim(cursor) is not None
        released = rival.begin(lambda c: leases.release(c, [it.lease_id]))
        rival.wait_blocked()
    assert released.result() == []
    assert it.states() == ("claimed", ["running"] * 3, ["running"] * 3)


def test_loss_against_an_earlier_claim(rival: Rival) -> None:
    """It sees under the locks that the lease is a claimed batch by now."""
    it = assigned(3)
    with transaction.atomic(), connection.cursor() as cursor:
        assert it.claim(cursor) is not None
        lost = rival.begin(lambda c: leases.lose(c, [it.lease_id], "gone"))
        rival.wait_blocked()
    assert sorted(lost.result()) == it.ids
    assert it.states() == ("lost", ["lost"] * 3, ["queued"] * 3)
    assert all(job.isolated for job in it.jobs)
    assert {job.attempt for job in it.jobs} == {0}


def test_loss_against_an_earlier_outcome(rival: Rival) -> None:
    it = running(3)
    with transaction.atomic(), connection.cursor() as cursor:
        outcome = it.outcome(JobState.COMPLETED)
        assert leases.record(cursor, it.lease_id, [outcome], None) == 1
        lost = rival.begin(lambda c: leases.lose(c, [it.lease_id], "gone"))
        rival.wait_blocked()
    assert sorted(lost.result()) == it.ids[1:]
    assert it.states() == (
        "lost", ["completed", "lost", "lost"], ["completed", "queued", "queued"]
    )  # fmt: skip


def test_outcome_against_an_earlier_loss(rival: Rival) -> None:
    it = running(3)
    outcomes = [it.outcome(JobState.COMPLETED, index) for index in range(3)]
    with transaction.atomic(), connection.cursor() as cursor:
        leases.lose(cursor, [it.lease_id], "gone")
        late = rival.begin(lambda c: leases.record(c, it.lease_id, outcomes, Tally(3, 4.5)))
        rival.wait_blocked()
    assert late.result() == 0
    assert it.states() == ("lost", ["lost"] * 3, ["queued"] * 3)
    assert it.lease.done == 0
