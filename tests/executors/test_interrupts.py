"""The signal of the soft time limit ends a handler; what is around it goes on."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from billiard.pool import SIG_SOFT_TIMEOUT
from django.db import connection

from executors.worker import attempt, interrupts
from jobs.lifecycle import Started
from jobs.states import JobState
from tests.support.situations import assigned

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _settled() -> Iterator[None]:
    before = signal.getsignal(SIG_SOFT_TIMEOUT)
    interrupts.settle()
    yield
    signal.signal(SIG_SOFT_TIMEOUT, before)


def limit() -> str:
    """What Celery sends when the time is up."""
    os.kill(os.getpid(), SIG_SOFT_TIMEOUT)
    return "{}"


@pytest.fixture
def job() -> Started:
    with connection.cursor() as cursor:
        claim = assigned().claim(cursor)
    assert claim is not None
    return claim.jobs[0]


def test_it_ends_the_handler(job: Started) -> None:
    ending = attempt.ending_of(job, limit)
    assert ending.state == JobState.SCHEDULED
    assert json.loads(ending.error or "")["code"] == "timeout"


def test_one_that_comes_before_or_after_the_handler_is_dropped(job: Started) -> None:
    limit()
    assert attempt.ending_of(job, lambda: "{}").state == JobState.COMPLETED
    limit()


def test_a_handler_that_goes_on_is_interrupted_once(job: Started) -> None:
    def stubborn() -> str:
        with pytest.raises(SoftTimeLimitExceeded):
            limit()
        return limit()

    assert attempt.ending_of(job, stubborn).state == JobState.COMPLETED
