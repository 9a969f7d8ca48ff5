"""Cancelling, retrying and reprioritising a job, and what its events then say."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User

from jobs.api import shapes
from jobs.models import Job
from jobs.states import FINAL, PLACED, WAITS
from tests.api.client import NOWHERE, Api, fields, problem
from tests.support.rows import make_job


def events(api: Api, job: Job) -> list[tuple[str, str]]:
    """Kind and actor of each event."""
    answer = api.get(f"jobs/{job.id}/events")
    for event in answer.json()["results"]:
        shapes.JobEvent.model_validate_json(json.dumps(event))
    return [(event["kind"], event["actor"]) for event in answer.json()["results"]]


@pytest.mark.parametrize("status", sorted(WAITS))
def test_a_waiting_job_is_cancelled_at_once(operator: Api, status: str) -> None:
    job = make_job(status)
    answer = operator.post(f"jobs/{job.id}/cancel")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["cancel_requested"]) == ("cancelled", True)
    assert events(operator, job) == [("cancelled", operator.name)]


@pytest.mark.parametrize("status", sorted(PLACED))
def test_a_placed_job_is_asked_to_stop(operator: Api, status: str) -> None:
    job = make_job(status)
    answer = operator.post(f"jobs/{job.id}/cancel")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["cancel_requested"]) == (status, True)
    assert events(operator, job) == [("cancel_requested", operator.name)]


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_job_cannot_be_cancelled(operator: Api, status: str) -> None:
    job = make_job(status)
    refusal = problem(operator.post(f"jobs/{job.id}/cancel"), 409)
    assert refusal["type"] == "urn:celeriac:problem:not_cancellable"
    assert status in refusal["detail"]
    assert events(operator, job) == []


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_job_is_retried_as_a_new_one(operator: Api, status: str) -> None:
    job = make_job(status, priority=8, name="again")
    answer = operator.post(f"jobs/{job.id}/retry")
    assert answer.status_code == 201
    copy = answer.json()
    assert answer["Location"] == f"/api/v1/jobs/{copy['id']}"
    assert (copy["status"], copy["retry_of"], copy["attempt"]) == ("queued", str(job.id), 0)
    assert (copy["priority"], copy["name"], copy["payload"]) == (8, "again", job.payload)
    assert copy["submitted_by"] == operator.name
    job.refresh_from_db()
    assert job.status == status


def test_a_retry_yields_to_the_live_job_of_its_unique_key(operator: Api) -> None:
    job = make_job("failed", unique_key="k")
    live = operator.submit(unique_key="k")
    answer = operator.post(f"jobs/{job.id}/retry")
    assert (answer.status_code, answer.json()) == (200, live)


def test_a_second_retry_yields_to_the_first_of_its_unique_key(operator: Api) -> None:
    job = make_job("failed", unique_key="k")
    first = operator.post(f"jobs/{job.id}/retry")
    second = operator.post(f"jobs/{job.id}/retry")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert events(operator, job) == [("retried", operator.name)]


def test_a_job_that_is_not_final_cannot_be_retried(operator: Api) -> None:
    job = make_job("running")
    problem(operator.post(f"jobs/{job.id}/retry"), 409)


@pytest.mark.parametrize("status", sorted(WAITS))
def test_the_priority_of_a_waiting_job_changes(operator: Api, status: str) -> None:
    job = make_job(status)
    answer = operator.patch(f"jobs/{job.id}", {"priority": 9})
    assert (answer.status_code, answer.json()["priority"]) == (200, 9)
    assert events(operator, job) == [("priority_changed", operator.name)]


@pytest.mark.parametrize("status", sorted(PLACED | FINAL))
def test_the_priority_of_other_jobs_does_not(operator: Api, status: str) -> None:
    job = make_job(status)
    problem(operator.patch(f"jobs/{job.id}", {"priority": 9}), 409)
    job.refresh_from_db()
    assert job.priority == 5


def test_a_wrong_priority_is_named(operator: Api) -> None:
    job = make_job()
    assert fields(operator.patch(f"jobs/{job.id}", {"priority": 10})) == {
        "priority": "less_than_equal"
    }
    assert fields(operator.patch(f"jobs/{job.id}", {"status": "completed"})) == {
        "priority": "required",
        "status": "unknown_field",
    }


def test_there_is_nothing_to_steer(operator: Api) -> None:
    for path in ("cancel", "retry"):
        problem(operator.post(f"jobs/{NOWHERE}/{path}"), 404)
    problem(operator.patch(f"jobs/{NOWHERE}", {"priority": 1}), 404)
    problem(operator.get(f"jobs/{NOWHERE}"), 404)
    problem(operator.get(f"jobs/{NOWHERE}/events"), 404)


def test_a_program_cannot_log_in_by_password(operator: Api) -> None:
    assert not User.objects.get(username=operator.name).has_usable_password()


@pytest.mark.parametrize(("verb", "status"), [("cancel", "queued"), ("retry", "failed")])
@pytest.mark.parametrize(
    ("body", "expected"),
    [({"priority": 3}, {"priority": "unknown_field"}), ([1], {"body": "model_type"})],
)
def test_what_a_path_says_whole_takes_no_fields(
    operator: Api, verb: str, status: str, body: object, expected: dict[str, str]
) -> None:
    job = make_job(status)
    assert fields(operator.post(f"jobs/{job.id}/{verb}", body)) == expected
    assert Job.objects.get().status == status
