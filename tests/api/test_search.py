"""A search among many rows stays within its time; what it did not come to is found by going on."""

from __future__ import annotations

import pytest
from django.core.signing import Signer
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.api.keyset import Order, Place
from jobs.api.search import Limits, Page, search
from jobs.models import Job
from jobs.timelimit import TookTooLong
from tests.support.rows import make_job, slow_jobs

pytestmark = pytest.mark.django_db
JOBS = 12
NEWEST_FIRST, OLDEST_FIRST = Order("-created_at", "id"), Order("created_at", "id")
LIMITS = Limits(at_once=0.3, in_parts=60.0, part=4)
"""Too little for slow rows at once; time enough in parts, however slow the machine."""
LEISURE = Limits(at_once=60.0, in_parts=60.0)
HASTY = Limits(at_once=0.3, in_parts=0.3, part=4)


def go_through(jobs, order=NEWEST_FIRST, limits=LIMITS, start=None) -> list[Page]:
    """The list, page after page to its end."""
    pages = [search(jobs, order, start, 5, limits)]
    while pages[-1].next:
        pages.append(search(jobs, order, pages[-1].next, 5, limits))
    return pages


def names(pages) -> list[str]:
    return [row["name"] for page in pages for row in page.rows]


@pytest.mark.parametrize("order", [NEWEST_FIRST, OLDEST_FIRST])
def test_a_search_that_takes_too_long_is_done_in_parts(order):
    made = [make_job(name=str(number)).name for number in range(JOBS)]
    pages = go_through(slow_jobs(0.11), order)
    assert pages[0].next.in_parts
    assert names(pages) == (made if order == OLDEST_FIRST else made[::-1])


def test_it_is_done_in_parts_backwards_too():
    made = [make_job(name=str(number)).name for number in range(JOBS)]
    last = Place(None, "00000000-0000-0000-0000-000000000000", backwards=True)
    pages = [search(slow_jobs(0.11), NEWEST_FIRST, last, 5, LIMITS)]
    while pages[-1].previous:
        pages.append(search(slow_jobs(0.11), NEWEST_FIRST, pages[-1].previous, 5, LIMITS))
    assert names(pages[::-1]) == made[::-1]


def test_where_nothing_matches_it_says_how_far_it_came():
    ids = [str(make_job().id) for _ in range(JOBS)]
    newest = Place(None, "ffffffff-ffff-ffff-ffff-ffffffffffff", in_parts=True)
    # A part has no limit then, and after each the time is up.
    no_time = Limits(at_once=0, in_parts=0, part=4)
    pages = go_through(Job.objects.values("id").filter(name="none"), limits=no_time, start=newest)
    assert [page.rows for page in pages] == [[]] * 4
    reached = [str(page.reached) for page in pages[:-1]]
    assert reached == ids[::-1][3::4]
    assert pages[-1].reached is None


def test_a_part_for_which_the_time_is_too_short_is_left_to_the_next_page():
    made = [make_job(name=str(number)) for number in range(JOBS)]
    jobs = slow_jobs(600, [made[-6].id])
    with connection.cursor() as cursor:
        # Else the slow row of the second part may be looked at for the first, and left out then.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    page = search(jobs, NEWEST_FIRST, None, 5, Limits(at_once=0.3, in_parts=5.0, part=4))
    assert names([page]) == [job.name for job in made[:-5:-1]]
    assert str(page.reached) == str(page.next.key) == made[-4].id


def test_what_was_slow_once_is_not_tried_at_once_again():
    for _ in range(JOBS):
        make_job()
    first = search(slow_jobs(0.11), NEWEST_FIRST, None, 5, LIMITS)
    assert first.next.in_parts
    with CaptureQueriesContext(connection) as queries:
        search(Job.objects.values("id"), NEWEST_FIRST, first.next, 5, LIMITS)
    looks = [query["sql"] for query in queries if 'FROM "jobs_job"' in query["sql"]]
    # The end of a part is looked for, then what is in it.
    assert len(looks) > 2
    assert all("OFFSET 3" in sql for sql in looks[::2])
    assert all("NOT" in sql for sql in looks[1:-1:2])


def test_a_row_that_takes_too_long_by_itself_is_an_error():
    make_job()
    with pytest.raises(TookTooLong):
        search(slow_jobs(600), NEWEST_FIRST, None, 5, HASTY)


def test_another_order_has_no_parts():
    for _ in range(JOBS):
        make_job()
    with pytest.raises(TookTooLong):
        search(
            slow_jobs(600).values("id", "priority"), Order("priority", "priority"), None, 5, HASTY
        )


def test_a_search_in_time_is_complete():
    for _ in range(JOBS):
        make_job()
    page = search(Job.objects.values("id"), NEWEST_FIRST, None, 5, LEISURE)
    assert len(page.rows) == 5
    assert page.next
    assert not page.next.in_parts
    assert page.reached is None


def test_a_cursor_from_before_there_were_parts_is_understood():
    old = Signer(salt="a list").sign_object(["value", "key", True])
    assert Place.decode(old, "a list") == Place("value", "key", backwards=True)


@pytest.mark.parametrize("name", ["completed_at", "-completed_at"])
def test_an_index_leads_through_the_values_of_an_order(name):
    """Also far from its beginning: rows without a value would hide the index from Postgres."""
    made = make_job("completed")
    order = Order(name, "completed_at", nullable=True)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    for place in (None, Place(made.completed_at, made.id), Place(made.completed_at, made.id, True)):
        plan = order.stretches(place)[0].of(Job.objects.values("id"))[:5].explain()
        assert "jobs_job_completed" in plan
        assert "Incremental Sort" in plan
        assert place is None or "Index Cond: (completed_at" in plan
