"""Cancelling, retrying and reprioritising from the admin is what the API does, by a person."""

from __future__ import annotations

import pytest
from django.test import Client

from jobs.admin import steering
from jobs.models import Job, JobEvent
from jobs.states import FINAL, PLACED, JobState
from tests.admin.test_pages import page
from tests.support.rows import make_job

pytestmark = pytest.mark.django_db


def steer(client: Client, action: str, *jobs: Job, **extra: str):
    chosen = {"action": action, "_selected_action": [str(job.id) for job in jobs], "index": "0"}
    return client.post(page(Job, "changelist"), chosen | extra, follow=True)


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_cancel_ends_what_waits_and_asks_what_runs(login):
    jobs = {status: make_job(status) for status in JobState}
    answer = steer(login("operator"), "cancel", *jobs.values())

    assert told(answer) == (
        "Jobs: 3 cancelled, 2 asked to stop, 3 left alone, whose state does not allow it."
    )
    for status, job in jobs.items():
        job.refresh_from_db()
        stays = status in FINAL | PLACED
        assert job.status == (status if stays else "cancelled")
        assert (job.cancel_requested_at is not None) is (status not in FINAL)
    assert set(JobEvent.objects.values_list("actor", flat=True)) == {"the-operator"}
    assert JobEvent.objects.count() == 5


def test_retry_submits_copies_of_what_is_final(login):
    failed, queued = make_job("failed", priority=7, payload={"a": 5, "b": 5}), make_job("queued")
    answer = steer(login("operator"), "retry", failed, queued)

    copy = Job.objects.get(retry_of=failed.id)
    assert (copy.status, copy.priority, copy.payload) == ("queued", 7, {"a": 5, "b": 5})
    assert copy.submitted_by == "the-operator"
    assert Job.objects.count() == 3
    assert told(answer) == "Jobs: 1 submitted again, 1 left alone, whose state does not allow it."


def test_priority_changes_while_a_job_waits(login):
    queued, running = make_job("queued"), make_job("running")
    steer(login("operator"), "set_priority", queued, running, priority="9")
    for job in (queued, running):
        job.refresh_from_db()
    assert (queued.priority, running.priority) == (9, 5)
    event = JobEvent.objects.get()
    assert (event.kind, event.data) == ("priority_changed", {"from": 5, "to": 9})


@pytest.mark.parametrize("priority", ["", "10", "-1", "x", "5.0"])
def test_a_priority_that_is_none_is_refused(login, priority):
    job = make_job()
    answer = steer(login("operator"), "set_priority", job, priority=priority)
    assert "from 0 to 9" in told(answer)
    assert Job.objects.get().priority == 5


def test_too_many_at_once_are_refused(login, monkeypatch):
    monkeypatch.setattr(steering, "LIMIT", 2)
    jobs = [make_job() for _ in range(3)]
    client = login("operator")
    for action in ("cancel", "retry", "set_priority"):
        assert "at most 2 jobs" in told(steer(client, action, *jobs, priority="9"))
    assert set(Job.objects.values_list("status", "priority")) == {("queued", 5)}


@pytest.mark.parametrize("role", ["viewer", "executor", ""])
def test_who_is_no_operator_steers_nothing(login, role):
    job, client = make_job(), login(role)
    for action in ("cancel", "set_priority"):
        steer(client, action, job, priority="9")
    job.refresh_from_db()
    assert (job.status, job.priority) == ("queued", 5)
    page_of_job = client.get(page(Job, "change", job.id)).content.decode()
    assert 'value="cancel"' not in page_of_job


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("queued", {"cancel", "set_priority"}),
        ("running", {"cancel"}),
        ("completed", {"retry"}),
    ],
)
def test_a_page_offers_what_the_state_allows(login, status, offered):
    text = login("operator").get(page(Job, "change", make_job(status).id)).content.decode()
    buttons = {name for name in ("cancel", "retry", "set_priority") if f'value="{name}"' in text}
    assert buttons == offered


def test_from_the_page_of_a_job_one_comes_back_to_it(login):
    client, job = login("operator"), make_job()
    answer = steer(client, "set_priority", job, priority="2", from_job_page="1")
    assert answer.redirect_chain == [(page(Job, "change", job.id), 302)]
    answer = steer(client, "cancel", job, from_job_page="1")
    assert answer.redirect_chain == [(page(Job, "change", job.id), 302)]
    answer = steer(client, "retry", job, from_job_page="1")
    copy = Job.objects.get(retry_of=job.id)
    assert answer.redirect_chain == [(page(Job, "change", copy.id), 302)]


def test_another_site_cannot_steer(login):
    job = make_job()
    answer = steer(login("operator", enforce_csrf_checks=True), "cancel", job)
    assert answer.status_code == 403
    assert Job.objects.get().status == "queued"
