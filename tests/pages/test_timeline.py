"""The timeline: which bars there are, and what is merged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.kept import Kept
from dashboard.timeline import reading, views
from dashboard.timeline.reading import Span
from executors.models import Executor, Lease
from jobs.models import Job
from tests.support.rows import make_execution, make_executor, make_job, make_lease

pytestmark = pytest.mark.django_db
DATA = "/ui/timeline/data"


def make_bar(executor: Executor, ago: float, seconds: float | None, **fields) -> Lease:
    """A lease that was claimed so many seconds ago, and lasted so long; None: it goes on."""
    start = timezone.now() - timedelta(seconds=ago)
    state = "claimed" if seconds is None else "finished"
    its = {"claimed_at": start, "incarnation": executor.incarnation} | fields
    if seconds is not None:
        its["closed_at"] = start + timedelta(seconds=seconds)
    lease = make_lease(executor, its.pop("state", state), **its)
    make_execution(
        make_job("running", name="<i>it"), lease, "running" if seconds is None else "completed"
    )
    return lease


def span(minutes: float = 15) -> Span:
    now = timezone.now()
    return Span(now - timedelta(minutes=minutes), now)


def test_a_bar_for_each_lease_that_touches_the_span():
    executor = make_executor("w1")
    wanted = [
        make_bar(executor, 2000, 1500), make_bar(executor, 500, 60, slots=2, size=7),
        make_bar(executor, 4000, None),
    ]  # fmt: skip
    make_bar(executor, 3000, 100)
    make_lease(executor, "assigned")
    make_lease(executor, "released")
    seen = reading.read(span())
    assert {bar.id for bar in seen.bars} == {str(lease.pk) for lease in wanted}
    assert seen.densities == []
    assert [bar.end is None for bar in seen.bars] == [True, False, False]
    assert (seen.bars[2].slots, seen.bars[2].size, seen.bars[2].outcome) == (2, 7, "completed")


def test_the_longest_are_bars_and_the_others_are_counted_where_they_began():
    executor = make_executor("w1", slots=4)
    long = [make_bar(executor, 600, 30), make_bar(executor, 300, 20)]
    for ago in (100, 101, 800):
        make_bar(executor, ago, 1, size=10)
    seen = reading.read(span(), limit=2)
    assert {bar.id for bar in seen.bars} == {str(lease.pk) for lease in long}
    counted = {one.bucket: (one.leases, one.jobs) for one in seen.densities}
    assert sum(leases for leases, _ in counted.values()) == 3
    assert sum(jobs for _, jobs in counted.values()) == 30
    assert all(0 <= bucket < reading.BUCKETS for bucket in counted)
    assert sum(one.seconds for one in seen.densities) == pytest.approx(3.0)


def test_as_many_leases_as_there_are_microbatches_stay_within_the_bound():
    executor = make_executor("w1")
    for _ in range(5):
        make_bar(executor, 60, 1)
    seen = reading.read(span(), limit=3)
    # All are as long as each other: rather none than more than the limit.
    assert len(seen.bars) <= 3
    assert len(seen.bars) + sum(one.leases for one in seen.densities) == 5


def test_a_lost_lease_says_so_and_one_whose_job_is_gone_stays():
    executor = make_executor("w1")
    make_bar(executor, 60, 1, state="lost")
    Job.objects.all().delete()
    (bar,) = reading.read(span()).bars
    assert (bar.outcome, bar.job) == ("lost", None)


def test_the_answer_is_short_and_names_everything(login):
    executor = make_executor("w1")
    lease = make_bar(executor, 60, 30, job_type="large_array_sum")
    make_bar(make_executor("w2"), 30, None)
    answer = login("viewer").get(DATA).json()
    assert [one["name"] for one in answer["executors"]] == ["w1", "w2"]
    bar = answer["bars"][0]
    assert bar[0] == str(lease.pk)
    assert answer["executors"][bar[1]]["name"] == "w1"
    assert answer["types"][bar[6]]["name"] == "large_array_sum"
    assert bar[3] - bar[2] == pytest.approx(30_000, abs=1)
    assert answer["from"] < bar[2] < answer["to"] == answer["now"]
    assert answer["bars"][1][3] is None


def test_one_executor_alone(login):
    make_bar(make_executor("w1"), 60, 30)
    make_bar(make_executor("w2"), 60, 30)
    answer = login("viewer").get(f"{DATA}?executor=w2").json()
    assert [one["name"] for one in answer["executors"]] == ["w2"]
    assert len(answer["bars"]) == 1
    assert "Timeline of w2" in login("viewer").get("/ui/timeline?executor=w2").text


def test_another_span_can_be_asked_for(login):
    make_bar(make_executor("w1"), 1000, 10)
    now = timezone.now().timestamp() * 1000
    assert login("viewer").get(DATA).json()["bars"] == []
    query = f"?from={round(now - 1_001_000)}&to={round(now - 900_000)}"
    assert len(login("viewer").get(DATA + query).json()["bars"]) == 1


@pytest.mark.parametrize(
    "query",
    ["?from=x", "?from=1", "?to=99999999999999", "?from=-5", "?to=1e12", "?from=%00", "?to=<b>"],
)
def test_a_span_that_makes_no_sense_is_refused(login, query):
    answer = login("viewer").get(DATA + query)
    assert answer.status_code == 400
    assert "<b>" not in answer.text


def test_too_long_a_span_is_refused(login):
    now = round(timezone.now().timestamp() * 1000)
    assert login("viewer").get(f"{DATA}?from={now - 3_700_000}&to={now}").status_code == 400
    assert login("viewer").get(f"{DATA}?from={now}&to={now - 5}").status_code == 400


@pytest.mark.parametrize("path", ["/ui/timeline", DATA])
def test_an_unknown_executor_is_404_and_a_stranger_logs_in(login, client, path):
    assert login("viewer").get(f"{path}?executor=<b>x").status_code == 404
    assert login("viewer").get(f"{path}?executor=%00").status_code == 404
    assert client.get(path).status_code == 302
    assert login("executor").get(path).status_code == 403


def test_the_page_has_the_same_as_a_list(login):
    executor = make_executor("w1")
    lease = make_bar(executor, 60, 30, size=5)
    page = login("viewer").get("/ui/timeline").text
    assert f'href="/ui/jobs/{lease.executions.get().job_id}"' in page
    assert "and 4 more" in page
    assert "<i>it" not in page


def test_without_executors_it_says_what_to_do(login):
    assert "Submit a job" in login("viewer").get("/ui/timeline").text


def test_many_pages_cost_one_look(login, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(views, "kept", Kept(3600))
    client = login("viewer")
    make_bar(make_executor("w1"), 60, 30)
    before = client.get(DATA).json()
    make_bar(make_executor("w2"), 60, 30)
    # A session and its person; nothing of what ran.
    with django_assert_max_num_queries(3):
        assert client.get(DATA).json() == before
    views.kept.clear()
    assert len(client.get(DATA).json()["bars"]) == 2
