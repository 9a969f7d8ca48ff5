"""Jobs are counted as far as that is quick."""

from __future__ import annotations

import pytest

from dashboard.jobs import counting
from dashboard.jobs.counting import count, newer, newest_id
from jobs.models import Job
from tests.support.rows import make_job, slow_jobs

pytestmark = pytest.mark.django_db


def test_a_count_that_takes_too_long_is_none(monkeypatch):
    for _ in range(3):
        make_job()
    with monkeypatch.context() as hasty:
        hasty.setattr(counting, "COUNT_SECONDS", 0.1)
        assert str(count(slow_jobs(4))) == "an unknown number of"
    assert str(count(Job.objects.all())) == "3"


def test_what_is_newer(monkeypatch):
    ids = [str(make_job().id) for _ in range(3)]
    assert newest_id() == ids[-1]
    with monkeypatch.context() as hasty:
        hasty.setattr(counting, "NEWER_SECONDS", 0.1)
        assert newer(slow_jobs(4), ids[0]) is None
    assert newer(Job.objects.all(), ids[0]) == 2
