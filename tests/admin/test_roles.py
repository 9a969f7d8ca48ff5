"""Roles decide who sees and does what; no role edits rows that Celeriac itself writes."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from knox.models import AuthToken

from executors.models import Executor, Member
from jobs.models import Job
from jobs.tokens import issue_token
from tests.admin.test_pages import ACCESS, BEAT, DEFINITIONS, RESULTS, SHOWN, WORK, page
from tests.support.rows import make_job

pytestmark = pytest.mark.django_db


def test_nobody_comes_in_without_a_login(client: Client):
    for model in SHOWN:
        answer = client.get(page(model, "changelist"))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("admin:login"))


def test_staff_without_a_role_sees_nothing(login):
    client = login("")
    assert {client.get(page(model, "changelist")).status_code for model in SHOWN} == {403}


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("viewer", [*DEFINITIONS, *WORK, *BEAT, *RESULTS]),
        ("operator", [*DEFINITIONS, *WORK, *BEAT, *RESULTS]),
        ("admin", SHOWN),
        ("executor", []),
    ],
)
def test_each_role_sees_its_pages_and_their_links(login, role, seen):
    client = login(role)
    allowed = [m for m in SHOWN if client.get(page(m, "changelist")).status_code == 200]
    assert allowed == list(seen)
    sidebar = client.get(reverse("admin:index")).content.decode()
    linked = [model for model in SHOWN if f'href="{page(model, "changelist")}"' in sidebar]
    assert linked == list(seen)


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_admins_edit_schedules_and_users(login, role):
    client = login(role)
    for model in [*BEAT, *ACCESS]:
        assert client.get(page(model, "add")).status_code == 403


ACTIONS = {
    Job: {"cancel", "retry", "set_priority"},
    Executor: {"drain", "resume", "set_offline"},
    Member: {"renew_secret"},
}


@pytest.mark.parametrize("model", WORK, ids=lambda model: model.__name__)
def test_what_celeriac_writes_is_only_looked_at(login, model):
    User.objects.create(username="root", is_staff=True, is_superuser=True)
    client = login("admin")
    client.force_login(User.objects.get(username="root"))
    assert client.get(page(model, "add")).status_code == 403
    actions = admin.site.get_model_admin(model).actions
    assert set(actions) == ACTIONS.get(model, set())


def test_a_job_is_not_edited_or_deleted_by_a_forged_form(login):
    job = make_job()
    client = login("admin")
    forged = {"status": "completed", "name": "forged", "_save": "Save"}
    assert client.post(page(Job, "change", job.id), forged).status_code == 403
    assert client.post(page(Job, "delete", job.id), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": str(job.id), "post": "yes"}
    client.post(page(Job, "changelist"), chosen)
    assert (Job.objects.get().status, Job.objects.get().name) == ("queued", job.name)


# --- Other people's models --------------------------------------------------------------------
def test_a_token_is_shown_once_and_works(login):
    user = User.objects.create(username="ci")
    user.groups.add(Group.objects.get(name="viewer"))
    client = login("admin")
    added = client.post(
        page(AuthToken, "add"),
        {"user": user.id, "expiry_0": "2999-01-01", "expiry_1": "00:00:00"},
        follow=True,
    )
    [token] = [str(m)[6:] for m in added.context["messages"] if str(m).startswith("TOKEN ")]
    api = {"headers": {"Authorization": f"Token {token}"}}
    assert Client().get("/api/v1/jobs", **api).status_code == 200
    assert token not in client.get(page(AuthToken, "changelist")).content.decode()

    key = AuthToken.objects.get().pk
    client.post(page(AuthToken, "delete", key), {"post": "yes"})
    assert Client().get("/api/v1/jobs", **api).status_code == 401


def test_a_token_has_the_usual_expiry_unless_told(login, settings):
    issue_token("ci", "viewer")
    form = login("admin").get(page(AuthToken, "add")).context["adminform"].form
    assert form.initial["expiry"] is not None


def test_users_are_made_and_given_roles(login):
    client = login("admin")
    words = "correct horse battery"
    added = client.post(
        page(User, "add"),
        {"username": "grace", "password1": words, "password2": words, "usable_password": "true"},
    )
    assert added.status_code == 302
    grace = User.objects.get(username="grace")
    assert grace.check_password(words)
    assert client.get(page(User, "change", grace.id)).status_code == 200


def test_a_periodic_task_is_made_checked_switched_and_deleted(login):
    client = login("admin")
    interval = IntervalSchedule.objects.create(every=5, period="seconds")
    form = {
        "name": "a task", "task": "x.y", "interval": interval.id, "enabled": "on",
        "args": "[]", "kwargs": "{}", "headers": "{}",
    }  # fmt: skip
    refused = client.post(page(PeriodicTask, "add"), form | {"args": "[", "task": ""})
    assert set(refused.context["adminform"].form.errors) >= {"args", "task"}

    client.post(page(PeriodicTask, "add"), form)
    task = PeriodicTask.objects.get()
    assert (task.task, task.interval) == ("x.y", interval)
    for action, enabled in (("disable_tasks", False), ("enable_tasks", True)):
        chosen = {"action": action, "_selected_action": task.id}
        client.post(page(PeriodicTask, "changelist"), chosen)
        task.refresh_from_db()
        assert task.enabled is enabled
    client.post(page(PeriodicTask, "delete", task.id), {"post": "yes"})
    assert not PeriodicTask.objects.exists()
