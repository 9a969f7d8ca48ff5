"""Submitting jobs, one and many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.api import shapes
from jobs.models import Job
from jobs.wake import WORK
from tests.api.client import ADD, Api, fields, problem


def test_a_job_is_stored_and_shown(operator: Api) -> None:
    answer = operator.post("jobs", ADD | {"priority": 7, "name": "mine", "timeout": 3})
    assert answer.status_code == 201
    shown = shapes.Job.model_validate_json(answer.content)
    assert answer["Location"] == f"/api/v1/jobs/{shown.id}"
    assert operator.get(answer["Location"]).json() == answer.json()
    stored = Job.objects.get(id=shown.id)
    assert (stored.type, stored.name, stored.priority) == ("add_numbers", "mine", 7)
    assert (stored.timeout, stored.payload) == (3, {"a": 1, "b": 2})
    assert stored.submitted_by == shown.submitted_by == operator.name
    assert stored.status == shown.status == "queued"


def test_wishes_are_stored_and_shown(operator: Api) -> None:
    wishes = {
        "thread_demand": 4,
        "chunks": 16,
        "placement": "pack",
        "on_shortage": "wait",
        "requires": {"gpu": "true", "zone": "a"},
    }
    job = operator.submit(type="large_array_sum", payload={"array": [1]}, **wishes)
    assert {name: job[name] for name in wishes} == wishes
    assert job["chunk_count"] is None
    (listed,) = operator.get("jobs").json()["results"]
    assert listed == job == operator.get(f"jobs/{job['id']}").json()
    operator.post(f"jobs/{job['id']}/cancel")
    again = operator.post(f"jobs/{job['id']}/retry").json()
    assert {name: again[name] for name in wishes} == wishes


def test_a_job_of_the_future_is_scheduled(operator: Api) -> None:
    job = operator.submit(run_at="2100-01-01T00:00:00+01:00")
    assert (job["status"], job["run_at"]) == ("scheduled", "2099-12-31T23:00:00Z")


def test_a_unique_key_gives_the_live_job(operator: Api) -> None:
    first = operator.submit(unique_key="k")
    again = operator.post("jobs", ADD | {"unique_key": "k", "priority": 9})
    assert (again.status_code, again.json()) == (200, first)
    operator.post(f"jobs/{first['id']}/cancel")
    assert operator.submit(unique_key="k")["id"] != first["id"]


def test_numbers_of_any_size_come_back(operator: Api) -> None:
    payload = {"a": 10**400, "b": -1.5e-300}
    job = operator.submit(payload=payload)
    assert operator.get(f"jobs/{job['id']}").json()["payload"] == payload


def test_a_submit_asks_the_database_little(operator: Api) -> None:
    operator.submit()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        operator.submit()
    kinds = [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert sorted(kinds) == ["EXECUTE", "SELECT", "SELECT"]  # the job, the token, the job again


@pytest.mark.django_db(transaction=True)
def test_the_dispatcher_is_woken_after_the_commit() -> None:
    operator = Api("operator")
    with CaptureQueriesContext(connection) as queries:
        operator.submit()
    statements = [query["sql"] for query in queries]
    assert statements.index(f"NOTIFY {WORK}") > statements.index("COMMIT")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (ADD | {"priority": 12}, {"priority": "less_than_equal"}),
        ({"type": "nope", "payload": {}}, {"type": "unknown_job_type"}),
        ({"type": "add_numbers", "payload": {"a": 1}}, {"payload.b": "required"}),
        ("", {"type": "required", "payload": "required"}),
        ([ADD], {"body": "model_type"}),
    ],
)
def test_a_wrong_job_is_refused_and_nothing_stored(
    operator: Api, body: Any, named: dict[str, str]
) -> None:
    assert fields(operator.post("jobs", body)) == named
    assert not Job.objects.exists()


@pytest.mark.parametrize("body", ["{", '{"type": NaN}', b"\xff", r'{"type": "\ud800"}'])
def test_what_is_not_json_is_refused(operator: Api, body: Any) -> None:
    refusal = problem(operator.post("jobs", body), 400)
    assert refusal["type"] == "urn:celeriac:problem:not_json"
    assert refusal["instance"] == "/api/v1/jobs"


def test_other_media_types_are_refused(operator: Api) -> None:
    refusal = problem(operator.client.post("/api/v1/jobs", {"type": "add_numbers"}), 415)
    assert "application/json" in refusal["detail"]


def test_a_large_payload_is_413(operator: Api, settings: Any) -> None:
    settings.CELERIAC = settings.CELERIAC | {"PAYLOAD_MAX_BYTES": 100}
    body = {"type": "reverse_string", "payload": {"text": "x" * 100}}
    assert fields(operator.post("jobs", body), 413) == {"payload": "payload_too_large"}


def test_bulk_stores_all_in_order(operator: Api) -> None:
    jobs = [ADD | {"name": f"n{i}", "payload": {"a": i, "b": i}} for i in range(300)]
    answer = operator.post("jobs/bulk", {"jobs": jobs})
    assert answer.status_code == 201
    ids = answer.json()["ids"]
    names = {str(id_): name for id_, name in Job.objects.values_list("id", "name")}
    assert [names[id_] for id_ in ids] == [job["name"] for job in jobs]


def test_bulk_is_all_or_nothing(operator: Api) -> None:
    jobs = [ADD, ADD | {"priority": 12}, {"type": "add_numbers", "payload": {"a": 1, "b": "x"}}]
    assert fields(operator.post("jobs/bulk", {"jobs": jobs})) == {
        "jobs[1].priority": "less_than_equal",
        "jobs[2].payload.b": "number_type",
    }
    assert not Job.objects.exists()


def test_bulk_gives_the_live_job_of_a_unique_key(operator: Api) -> None:
    live = operator.submit(unique_key="a")["id"]
    jobs = [ADD | {"unique_key": key} for key in ("a", "b", "b")]
    first, second, third = operator.post("jobs/bulk", {"jobs": jobs}).json()["ids"]
    assert first == live
    assert second == third != live


@pytest.mark.parametrize("body", [{}, {"jobs": {}}, {"jobs": None}, {"jobs": [], "x": 1}, []])
def test_bulk_wants_a_list_of_jobs(operator: Api, body: Any) -> None:
    assert fields(operator.post("jobs/bulk", body))


def test_bulk_of_nothing_stores_nothing(operator: Api) -> None:
    assert operator.post("jobs/bulk", {"jobs": []}).json() == {"ids": []}


def test_too_many_jobs_at_once_are_refused(operator: Api) -> None:
    answer = operator.post("jobs/bulk", {"jobs": [0] * 20_001})
    assert fields(answer) == {"jobs": "too_long"}


def test_times_have_their_zone(operator: Api) -> None:
    created = datetime.fromisoformat(operator.submit()["created_at"])
    assert created.tzinfo is not None
