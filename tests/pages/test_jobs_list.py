"""The list of jobs: filters in its address, pages, and addresses that make no sense."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from jobs.ids import uuid7
from jobs.states import JobState
from tests.support.rows import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(login):
    return login("viewer")


def names(client, query: str = "") -> list[str]:
    page = client.get(f"/ui/jobs{query}")
    assert page.status_code == 200, page.text
    return re.findall(r'class="job-name"[^>]*>([^<]*)<', page.text)


def test_active_and_final_jobs_are_one_list_the_newest_first(viewer):
    for state in JobState:
        make_job(state, name=state.value)
    assert names(viewer) == [state.value for state in reversed(JobState)]


def test_an_empty_list_says_what_to_do_next(viewer, login):
    assert "No jobs yet" in viewer.get("/ui/jobs").text
    assert "Submit a job" in login("operator").get("/ui/jobs").text
    make_job()
    page = viewer.get("/ui/jobs?type=word_count").text
    assert "No job matches" in page
    assert 'href="?"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=failed", ["b"]),
        ("?status=failed,running", ["c", "b"]),
        ("?scope=active", ["c", "a"]),
        ("?type=ReverseString", ["a"]),
        ("?executor=w7", ["c"]),
        ("?priority=9", ["a"]),
        ("?q=B", ["b"]),
        ("?q=night", []),
        ("?q=nightly", ["a"]),
        ("?payload.text=x", ["a"]),
        ("?payload.a=1&payload.b=2", ["c", "b"]),
        ("?since=1h", ["c", "b"]),
        ("?created_before=2000-01-01T00:00:00Z", []),
        ("?task=unknown", []),
    ],
)
def test_filters(viewer, query, found):
    make_job(
        name="a", type="reverse_string", payload={"text": "x"}, priority=9, unique_key="nightly",
        age=timedelta(hours=2),
    )  # fmt: skip
    make_job("failed", name="b")
    make_job("running", name="c", executor="w7")
    assert names(viewer, query) == found


def test_each_filter_is_a_chip_that_takes_it_away(viewer):
    page = viewer.get("/ui/jobs?status=failed,queued&payload.a=3&priority=5").text
    removals = re.findall(r'href="([^"]*)" class="chip-remove" aria-label="([^"]*)"', page)
    assert {label: href.replace("&amp;", "&") for href, label in removals} == {
        "Remove the filter status failed": "?status=queued&payload.a=3&priority=5",
        "Remove the filter status queued": "?status=failed&payload.a=3&priority=5",
        "Remove the filter payload.a 3": "?status=failed,queued&priority=5",
        "Remove the filter priority 5": "?status=failed,queued&payload.a=3",
    }


def test_what_a_form_sends_becomes_a_short_address(viewer):
    query = "q=&status=failed&status=queued&type=&payload_field=size.width&payload_value=800"
    answer = viewer.get(f"/ui/jobs?{query}&since=")
    assert answer.status_code == 302
    assert answer["Location"] == "/ui/jobs?status=failed,queued&payload.size.width=800"


def test_a_form_that_says_half_a_field_ends_at_the_list(viewer):
    page = viewer.get("/ui/jobs?payload_field=a&payload_value=&status=,", follow=True)
    assert page.status_code == 200
    assert page.request["QUERY_STRING"] == ""


@pytest.mark.parametrize("name", ["created_after", "created_before", "completed_after"])
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_times_at_the_ends_of_the_calendar(viewer, name, time):
    assert viewer.get(f"/ui/jobs?{name}={time}").status_code == 200


def test_named_views_are_links_and_say_which_is_open(viewer):
    make_job()
    page = viewer.get("/ui/jobs?status=failed&since=24h").text
    assert '<a href="?status=failed&amp;since=24h" aria-current="page">Failed today</a>' in page


def test_pages_follow_each_other_and_lead_back(viewer):
    for number in range(120):
        make_job(name=f"job {number}")
    first = viewer.get("/ui/jobs").text
    assert 'rel="prev"' not in first
    second = viewer.get("/ui/jobs" + link(first, "next")).text
    third = viewer.get("/ui/jobs" + link(second, "next")).text
    assert 'rel="next"' not in third
    shown = [re.findall(r">job (\d+)</a>", page) for page in (first, second, third)]
    assert [len(page) for page in shown] == [50, 50, 20]
    assert [int(n) for page in shown for n in page] == list(reversed(range(120)))
    back = viewer.get("/ui/jobs" + link(third, "prev")).text
    assert re.findall(r">job (\d+)</a>", back) == shown[1]
    start = viewer.get("/ui/jobs" + link(back, "prev")).text
    assert re.findall(r">job (\d+)</a>", start) == shown[0]
    assert 'rel="prev"' not in start


def link(page: str, rel: str) -> str:
    match = re.search(rf'href="([^"]*)" rel="{rel}"', page)
    assert match, page
    return match[1].replace("&amp;", "&")


def test_filters_stay_on_every_page(viewer):
    for number in range(120):
        make_job(name=f"{number}", priority=number % 2)
    page = viewer.get("/ui/jobs?priority=1").text
    assert parse_qs(urlsplit(link(page, "next")).query)["priority"] == ["1"]
    assert len(names(viewer, link(page, "next"))) == 10


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("?status=broken", "status"),
        ("?status=%3Cscript%3E", "status"),
        ("?scope=all", "scope"),
        ("?priority=10", "priority"),
        ("?created_after=yesterday", "created_after"),
        ("?since=forever", "since"),
        ("?size=7", "size"),
        ("?cursor=nonsense", "cursor"),
        ("?cursor=W10:x", "cursor"),
        ("?payload.=3", "payload."),
        ("?q=%00", "q"),
        ("?%3Cscript%3E=1", "&lt;script&gt;"),
        (f"?q={'x' * 201}", "q"),
    ],
)
def test_an_address_that_makes_no_sense_is_answered_with_the_field(viewer, query, named):
    make_job(name="hidden")
    page = viewer.get(f"/ui/jobs{query}")
    assert page.status_code == 400
    assert f'<strong class="mono">{named}</strong>' in page.text
    assert "<script>" not in page.text
    assert "hidden</a>" not in page.text


def test_all_that_is_wrong_is_said_at_once(viewer):
    page = viewer.get("/ui/jobs?status=x&size=7&cursor=y&foo=1").text
    assert set(re.findall(r'<strong class="mono">(\w+)</strong>', page)) == {
        "status", "size", "cursor", "foo",
    }  # fmt: skip


def test_texts_of_others_are_shown_as_texts(viewer):
    evil = "<script>alert(1)</script>"
    make_job("failed", name=evil, error={"code": evil, "message": evil, "traceback": evil})
    page = viewer.get("/ui/jobs?payload.b=2").text
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_newer_jobs_that_match_are_counted(viewer):
    first = make_job(name="old")
    make_job(name="new", priority=9)
    make_job(name="other")
    answer = viewer.get(f"/ui/jobs/newer?priority=9&after={first.id}").json()
    assert answer["count"] == 1
    assert viewer.get(f"/ui/jobs/newer?priority=9&after={answer['seen']}").json()["count"] == 0
    assert viewer.get("/ui/jobs/newer?after=x").status_code == 400
    assert viewer.get(f"/ui/jobs/newer?status=x&after={uuid7()}").status_code == 400


def test_a_viewer_is_offered_no_actions(viewer, login):
    make_job()
    assert "chosen-actions" not in viewer.get("/ui/jobs").text
    assert "chosen-actions" in login("operator").get("/ui/jobs").text
