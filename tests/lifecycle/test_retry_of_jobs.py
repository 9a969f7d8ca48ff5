"""A job's own retry policy, from its request to what becomes of its attempts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from executors import leases
from jobs import lifecycle
from jobs.models import Job
from jobs.reading import read_job
from jobs.states import JobState
from tests.support.rows import make_job
from tests.support.situations import assigned, running

pytestmark = pytest.mark.django_db

POLICY = {"strategy": "fixed", "delay": 5.0, "jitter": 0.0, "give_up_on": ["lost"]}


def test_it_is_stored_with_the_job(cursor: Any) -> None:
    body = {"type": "add_numbers", "payload": {"a": 1, "b": 2}, "retry": POLICY}
    (submitted,) = lifecycle.submit(cursor, [read_job(body, "somebody")])
    assert Job.objects.get(id=submitted.id).retry == POLICY


def test_a_repeated_job_keeps_it(cursor: Any) -> None:
    job = make_job(JobState.FAILED, retry=POLICY)
    assert Job.objects.get(id=lifecycle.retry(cursor, str(job.id), "").id).retry == POLICY


def test_the_worker_is_told(cursor: Any) -> None:
    it = assigned(retry=POLICY)
    claim = leases.claim(cursor, it.lease_id, it.incarnation)
    assert claim is not None
    assert json.loads(claim.jobs[0].retry or "") == POLICY


@pytest.mark.parametrize(
    ("given_up_on", "status"), [(["lost"], JobState.FAILED), (["timeout"], JobState.QUEUED)]
)
def test_a_job_may_have_none_after_a_loss(cursor: Any, given_up_on: list[str], status: str) -> None:
    it = running(attempt=1, retry=POLICY | {"give_up_on": given_up_on})
    assert lifecycle.lose(cursor, it.pairs, "It is gone.", repeatable=True) == it.ids
    it.refresh()
    assert it.jobs[0].status == status
