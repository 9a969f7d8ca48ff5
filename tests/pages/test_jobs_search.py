"""The search for jobs stays within its time, and what it did not come to is found by going on."""

from __future__ import annotations

import pytest
from django.db.models import BooleanField, Value
from django.db.models.expressions import RawSQL

from dashboard.jobs.search import Found, Limits, count, newer, newest_id, search
from jobs.api.keyset import Place
from jobs.models import Job
from jobs.timelimit import TookTooLong
from tests.support.rows import make_job

pytestmark = pytest.mark.django_db
JOBS = 24
LIMITS = Limits(at_once=0.5, in_parts=1.0, part=4)


def slow(seconds: float):
    """All jobs, each of which takes so long to look at."""
    look = RawSQL("pg_sleep(%s) IS NOT NULL", [seconds], output_field=BooleanField())
    return Job.objects.annotate(looked=look).filter(looked=Value(True)).values("id", "name")


def go_through(jobs, backwards: bool = False) -> list[Found]:
    """The search, gone on with until it is complete."""
    start = Place(None, "00000000-0000-0000-0000-000000000000", True) if backwards else None
    found = [search(jobs, start, 5, LIMITS)]
    while found[-1].more:
        last = found[-1]
        edge = last.reached or last.rows[-1]["id"]
        found.append(search(jobs, Place(None, str(edge), backwards), 5, LIMITS))
    return found


@pytest.mark.parametrize("backwards", [False, True])
def test_a_search_that_takes_too_long_is_done_in_parts(backwards):
    expected = [str(make_job().id) for _ in range(JOBS)]
    found = go_through(slow(0.07), backwards)
    ids = [str(row["id"]) for part in found for row in part.rows]
    assert ids == (expected if backwards else expected[::-1])


def test_where_nothing_matches_it_says_how_far_it_came():
    for _ in range(JOBS):
        make_job()
    found = go_through(slow(0.07).filter(name="none"))
    assert sum(len(part.rows) for part in found) == 0
    assert len(found) > 1
    assert all(part.reached for part in found[:-1])
    assert not found[-1].more


def test_a_job_that_takes_too_long_by_itself_is_an_error():
    make_job()
    with pytest.raises(TookTooLong):
        search(slow(4), None, 5, LIMITS)


def test_a_search_in_time_is_complete():
    for _ in range(JOBS):
        make_job()
    found = search(Job.objects.values("id"), None, 5)
    assert len(found.rows) == 5
    assert found.more
    assert found.reached is None


def test_a_count_that_takes_too_long_is_none():
    for _ in range(3):
        make_job()
    assert str(count(Job.objects.all())) == "3"
    assert str(count(slow(4))) == "an unknown number of"


def test_what_is_newer():
    ids = [str(make_job().id) for _ in range(3)]
    assert newest_id() == ids[-1]
    assert newer(Job.objects.all(), ids[0]) == 2
    assert newer(slow(1), ids[0]) is None
