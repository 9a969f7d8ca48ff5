"""Lists: their pages, orders and filters."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from jobs.api import shapes
from jobs.models import Job
from jobs.states import ACTIVE, FINAL, JobState
from tests.api.client import ADD, Api, fields
from tests.support.rows import make_job


def names(api: Api, **query: Any) -> set[str]:
    answer = api.get("jobs", **query)
    assert answer.status_code == 200, answer.content
    return {job["name"] for job in answer.json()["results"]}


@pytest.fixture
def one_of_each(db: None) -> None:
    """A job in each state, named like it."""
    for status in JobState:
        make_job(status, name=status.value)


def test_a_list_has_the_shape_of_its_jobs(viewer: Api, one_of_each: None) -> None:
    answer = viewer.get("jobs").json()
    assert set(answer) == {"next", "previous", "results"}
    assert (answer["next"], answer["previous"]) == (None, None)
    for job in answer["results"]:
        shapes.Job.model_validate_json(json.dumps(job))
        assert viewer.get(f"jobs/{job['id']}").json() == job


def test_scopes_share_out_the_states(viewer: Api, one_of_each: None) -> None:
    assert names(viewer, scope="active") == set(ACTIVE)
    assert names(viewer, scope="history") == set(FINAL)


@pytest.mark.parametrize("status", list(JobState))
def test_each_status_is_found_alone(viewer: Api, one_of_each: None, status: JobState) -> None:
    assert names(viewer, status=status.value) == {status.value}


def test_status_takes_several(viewer: Api, one_of_each: None) -> None:
    assert names(viewer, status="completed,failed") == {"completed", "failed"}
    assert names(viewer, status="queued,running") == {"queued", "running"}
    assert names(viewer, status=["queued", "failed"]) == {"queued", "failed"}


def test_the_short_paths_show_the_same(viewer: Api, one_of_each: None) -> None:
    for path, scope in (("/jobs", "active"), ("/db/jobs", "history")):
        short = viewer.get(path).json()
        assert short["results"] == viewer.get("jobs", scope=scope).json()["results"]
        first = short["results"][0]
        assert viewer.get(f"{path}/{first['id']}").json() == first


def test_the_short_path_submits(operator: Api) -> None:
    answer = operator.post("/jobs", {"type": "AddNumbers", "payload": {"a": 1, "b": 2}})
    assert answer.status_code == 201
    assert answer.json()["type"] == "add_numbers"
    assert operator.post("/db/jobs", ADD).status_code == 405


@pytest.mark.parametrize("path", ["jobs/", "job-types/", "/jobs/", "/db/jobs/", "executors/"])
def test_a_slash_at_the_end_does_no_harm(viewer: Api, path: str) -> None:
    assert viewer.get(path).json() == viewer.get(path.removesuffix("/")).json()


def test_filters(viewer: Api) -> None:
    make_job(name="Alpha 100%", type="reverse_string", payload={"text": ""}, priority=1)
    make_job("running", name="beta", executor="w7", priority=2)
    make_job(name="gone", type="removed_type")
    assert names(viewer, type="ReverseString") == names(viewer, type="reverse_string")
    assert names(viewer, type="reverse_string") == {"Alpha 100%"}
    assert names(viewer, type="removed_type") == {"gone"}
    assert names(viewer, name="ALPHA") == {"Alpha 100%"}
    assert names(viewer, name="%") == {"Alpha 100%"}
    assert names(viewer, executor="w7") == {"beta"}
    assert names(viewer, priority="2") == {"beta"}
    assert names(viewer, priority="2", executor="w8") == set()


def test_text_finds_names_ids_and_unique_keys(viewer: Api) -> None:
    job = make_job(name="Alpha", unique_key="nightly")
    make_job(name="beta")
    for text in ("alp", "nightly", str(job.id), str(job.id).upper(), str(job.id)[-8:]):
        assert names(viewer, q=text) == {"Alpha"}
    assert names(viewer, q=f"…{str(job.id)[-8:]}") == {"Alpha"}
    assert names(viewer, q="night") == set()


def test_fields_of_the_payload(viewer: Api) -> None:
    make_job(name="three", payload={"a": 3, "size": {"width": 800}})
    make_job(name="text", payload={"a": "3", "on": True})
    make_job(name="four", payload={"a": 4, "size": {"width": 80}})
    assert names(viewer, **{"payload.a": "3"}) == {"three", "text"}
    assert names(viewer, **{"payload.a": "3.0"}) == {"three"}
    assert names(viewer, **{"payload.size.width": "800"}) == {"three"}
    assert names(viewer, **{"payload.on": "true"}) == {"text"}
    assert names(viewer, **{"payload.a": "3", "payload.on": "true"}) == {"text"}
    for odd in ("NaN", "1e999", '"\\ud800"', '"\\u0000"', "[" * 150, "'; --"):
        assert names(viewer, **{"payload.a": odd}) == set()


def test_time_ranges_take_the_start_and_leave_the_end(viewer: Api) -> None:
    now = timezone.now()
    for age in (3, 2, 1):
        make_job("completed", age=timedelta(hours=age), name=f"{age} h")
    two = (Job.objects.get(name="2 h").created_at).isoformat()
    for what in ("created", "completed"):
        assert names(viewer, **{f"{what}_after": two}) == {"2 h", "1 h"}
        assert names(viewer, **{f"{what}_before": two}) == {"3 h"}
    assert names(viewer, created_after=(now - timedelta(minutes=90)).isoformat()) == {"1 h"}


def test_a_zone_whose_plus_was_not_quoted(viewer: Api) -> None:
    make_job(name="here")
    path = "/api/v1/jobs?created_after=2020-01-01T00:00:00+01:00"
    assert [job["name"] for job in viewer.client.get(path).json()["results"]] == ["here"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"status": "broken"}, "status"),
        ({"scope": "all"}, "scope"),
        ({"priority": "10"}, "priority"),
        ({"priority": "9" * 30}, "priority"),
        ({"created_after": "yesterday"}, "created_after"),
        ({"completed_before": "99999-01-01"}, "completed_before"),
        ({"ordering": "payload"}, "ordering"),
        ({"ordering": "--created_at"}, "ordering"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "501"}, "page_size"),
        ({"page_size": "²"}, "page_size"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "W10:x"}, "cursor"),
        ({"name": "a\0"}, "name"),
        ({"type": "x" * 101}, "type"),
        ({"q": "a\0"}, "q"),
        ({"payload.a": "\0"}, "payload.a"),
        ({"payload.a": "x" * 201}, "payload.a"),
        ({"payload.": "3"}, "payload."),
        ({"payload.a..b": "3"}, "payload.a..b"),
        ({"payload": "3"}, "payload"),
        ({"offset": "5"}, "offset"),
    ],
)
def test_a_bad_parameter_is_named(viewer: Api, query: dict[str, str], named: str) -> None:
    assert set(fields(viewer.get("jobs", **query))) == {named}


def test_all_bad_parameters_are_named(viewer: Api) -> None:
    assert set(fields(viewer.get("jobs", status="x", foo="1"))) == {"status", "foo"}
    assert set(fields(viewer.get("jobs", page_size="x", ordering="x"))) == {"page_size", "ordering"}


@pytest.mark.parametrize("ordering", ["created_at", "completed_at", "priority"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_share_out_a_list_in_its_order(viewer: Api, ordering: str, sign: str) -> None:
    """With ties and nulls in the ordered column, forwards and back again."""
    for index in range(12):
        status = "completed" if index % 2 else "queued"
        make_job(status, age=timedelta(hours=index % 3), priority=index % 4)
    column = {"created_at": "id"}.get(ordering, ordering)
    everything = list(Job.objects.values("id", "completed_at", "priority"))
    valued = [row for row in everything if row[column] is not None]
    valued.sort(key=lambda row: (row[column], row["id"]), reverse=bool(sign))
    nulls = [row for row in everything if row[column] is None]
    nulls.sort(key=lambda row: row["id"], reverse=bool(sign))
    expected = [str(row["id"]) for row in valued + nulls]

    pages = viewer.pages("jobs", ordering=sign + ordering, page_size=5)
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [job["id"] for page in pages for job in page] == expected

    answer = viewer.get("jobs", ordering=sign + ordering, page_size=5).json()
    second = viewer.client.get(answer["next"]).json()
    third = viewer.client.get(second["next"]).json()
    assert (answer["previous"], third["next"]) == (None, None)
    back = viewer.client.get(third["previous"]).json()
    assert back["results"] == second["results"]
    start = viewer.client.get(back["previous"]).json()
    assert start["results"] == answer["results"]
    assert start["previous"] is None
    assert viewer.client.get(start["next"]).json()["results"] == second["results"]


def test_new_jobs_do_not_shift_pages(viewer: Api) -> None:
    for index in range(4):
        make_job(name=f"{index}")
    first = viewer.get("jobs", page_size=2).json()
    make_job(name="new")
    second = viewer.client.get(first["next"]).json()
    assert [job["name"] for job in second["results"]] == ["1", "0"]


def test_a_page_whose_jobs_are_gone_still_leads_back(viewer: Api) -> None:
    for index in range(4):
        make_job(name=f"{index}")
    first = viewer.get("jobs", page_size=2).json()
    Job.objects.filter(name__in=["0", "1"]).delete()
    second = viewer.client.get(first["next"]).json()
    assert (second["results"], second["next"]) == ([], None)
    back = viewer.client.get(second["previous"]).json()
    assert [job["name"] for job in back["results"]] == ["3", "2"]


def test_filters_stay_on_every_page(viewer: Api) -> None:
    for index in range(6):
        make_job(priority=index % 2)
    pages = viewer.pages("jobs", priority="1", page_size=2)
    assert [[job["priority"] for job in page] for page in pages] == [[1, 1], [1]]


def test_a_cursor_of_another_ordering_is_refused(viewer: Api) -> None:
    for _ in range(2):
        make_job()
    cursor = urlsplit(viewer.get("jobs", page_size=1).json()["next"]).query
    answer = viewer.client.get(f"/api/v1/jobs?{cursor}&ordering=priority")
    assert set(fields(answer)) == {"cursor"}
