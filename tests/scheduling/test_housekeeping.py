"""The leading dispatcher's housekeeper removes old jobs by itself, and stops when told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from knox.models import AuthToken

from executors.models import LoadBalanceState
from jobs.models import Job
from scheduling.housekeeping import Housekeeper
from tests.support.rows import make_job
from tests.support.waiting import wait_until


@pytest.fixture
def housekeeper(transactional_db, settings, tmp_path) -> Iterator[Housekeeper]:
    settings.MEDIA_ROOT = tmp_path
    settings.CELERIAC = settings.CELERIAC | {
        "PRUNE_INTERVAL": 0.01,
        "KEEP": {"completed": timedelta(days=7), "failed": None, "cancelled": None},
    }
    housekeeper = Housekeeper()
    housekeeper.start()
    yield housekeeper
    housekeeper.stop()


def names_left() -> set[str]:
    return set(Job.objects.values_list("name", flat=True))


def test_it_removes_what_is_past_its_time_and_nothing_else(housekeeper):
    make_job("completed", age=timedelta(days=8), name="old")
    make_job("completed", age=timedelta(days=6), name="young")
    make_job("queued", age=timedelta(days=99), name="waits")
    wait_until(lambda: names_left() == {"young", "waits"}, what="the old job is gone")


def test_it_forgets_what_strategies_remember_of_tasks_that_are_gone(housekeeper):
    for subject, days in (("task:old", 91), ("task:young", 89)):
        then = timezone.now() - timedelta(days=days)
        LoadBalanceState.objects.create(
            subject=subject, strategy="sticky", state={"last": "w1"}, updated_at=then
        )
    left = LoadBalanceState.objects.values_list("subject", flat=True)
    wait_until(lambda: list(left.all()) == ["task:young"], what="the old one is gone")


def test_it_removes_tokens_and_sessions_that_have_expired(housekeeper, django_user_model):
    user = django_user_model.objects.create_user("ci")
    for days in (-8, -6, 1):
        AuthToken.objects.create(user, expiry=timedelta(days=days), prefix=str(days))
    AuthToken.objects.create(user, expiry=None)
    for key, days in (("over", -1), ("open", 1)):
        until = timezone.now() + timedelta(days=days)
        Session.objects.create(session_key=key, session_data="", expire_date=until)
    sessions = Session.objects.values_list("session_key", flat=True)
    wait_until(lambda: list(sessions.all()) == ["open"], what="the old session is gone")
    wait_until(lambda: AuthToken.objects.count() == 3, what="the oldest token is gone")
    assert not AuthToken.objects.filter(token_key__startswith="-8").exists()


def test_it_ends_and_begins_again(housekeeper):
    housekeeper.stop()
    wait_until(
        lambda: "housekeeper" not in {thread.name for thread in threading.enumerate()},
        what="its thread has ended",
    )
    make_job("completed", age=timedelta(days=8), name="old")
    housekeeper.start()
    wait_until(lambda: not names_left(), what="the old job is gone")


def test_a_round_that_fails_is_logged_and_followed_by_the_next(housekeeper, settings, caplog):
    right = settings.CELERIAC
    settings.CELERIAC = right | {"KEEP": None}
    wait_until(lambda: "Pruning is put off" in caplog.text, what="a round has failed")
    settings.CELERIAC = right
    make_job("completed", age=timedelta(days=8), name="old")
    wait_until(lambda: not names_left(), what="the old job is gone")
