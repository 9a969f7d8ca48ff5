"""Executors are steered from the admin, and tasks are linked to them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from executors.members import signing
from executors.models import Execution, Executor, HealthCheck, Lease, Member
from scheduling.defining import editing
from scheduling.models import Task, TaskExecutor
from tests.admin.conftest import management
from tests.admin.test_pages import page
from tests.admin.test_steering import told
from tests.support.rows import make_executor, make_member
from tests.support.situations import running

pytestmark = pytest.mark.django_db


def steer(client: Client, model: Any, action: str, *rows: Any) -> Any:
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows], "index": "0"}
    return client.post(page(model, "changelist"), chosen, follow=True)


def test_an_operator_drains_resumes_and_sets_offline(login):
    worker, member = make_executor("w1"), make_member().executor
    client = login("operator")
    assert told(steer(client, Executor, "drain", worker, member)) == "Executors: 2 set draining."
    assert set(Executor.objects.values_list("status", "drained_by")) == {
        ("draining", "the-operator")
    }
    assert told(steer(client, Executor, "resume", worker, member)) == "Executors: 2 set online."
    said = told(steer(client, Executor, "set_offline", worker, member))
    assert "w1: A Celery worker is taken offline by stopping it" in said
    assert "1 set offline" in said
    assert Member.objects.get().shut


def test_a_viewer_steers_nothing(login):
    worker = make_executor("w1")
    steer(login("viewer"), Executor, "drain", worker)
    worker.refresh_from_db()
    assert worker.status == "online"


def test_an_http_executor_shows_its_last_checks(login):
    member = make_member()
    for n in range(25):
        HealthCheck.objects.create(executor=member.executor, healthy=False, detail=f"check {n}.")
    answer = login("viewer").get(page(Executor, "change", member.pk))
    assert answer.status_code == 200
    assert b"check 24." in answer.content
    assert b"check 5." in answer.content
    assert b"check 4." not in answer.content
    worker = make_executor("w1")
    assert b"over HTTP" not in login("").get(page(Executor, "change", worker.pk)).content


def test_an_admin_makes_a_secret_worthless(login):
    member = make_member()
    before = signing.secret_of("key", str(member.pk), member.secret_version)
    steer(login("operator"), Member, "renew_secret", member)
    member.refresh_from_db()
    assert member.secret_version == 1
    steer(login("admin"), Member, "renew_secret", member)
    member.refresh_from_db()
    assert signing.secret_of("key", str(member.pk), member.secret_version) != before


@pytest.mark.parametrize("model", [Lease, Execution])
def test_history_outlives_its_executor(login, model):
    it = running(executor=make_member().executor)
    Executor.objects.all().delete()
    client, row = login("viewer"), it.lease if model is Lease else it.executions[0]
    assert client.get(page(model, "changelist")).status_code == 200
    assert str(row.pk)[-12:] in client.get(page(model, "changelist")).content.decode()
    assert client.get(page(model, "change", row.pk)).status_code == 200


def form(answer: Any) -> dict[str, Any]:
    """What a browser would send back of a task's page."""
    shown = answer.context["adminform"].form
    values = {name: shown[name].value() for name in shown.fields}
    found = {name: "" if value is None else value for name, value in values.items()}
    for name, (date, time) in {"start_at": ("", ""), "end_at": ("", "")}.items():
        found.pop(name)
        found |= {f"{name}_0": date, f"{name}_1": time}
    return found | management(answer)


def test_a_task_is_linked_on_its_page(login):
    task = Task.objects.get(pk=editing.create_task({"name": "report"}, "ada"))
    executor = make_member().executor
    client = login("operator")
    url = page(Task, "change", task.pk)
    body = form(client.get(url)) | {
        "links-TOTAL_FORMS": "1",
        "links-0-executor": str(executor.pk),
        "links-0-priority": "5",
        "links-0-weight": "",
        "links-0-task": str(task.pk),
    }
    answer = client.post(url, body, follow=True)
    assert answer.redirect_chain, answer.context["errors"]
    link = TaskExecutor.objects.get()
    assert (link.task_id, str(link.executor_id)) == (task.pk, str(executor.pk))
    assert (link.priority, link.weight) == (5, None)
    task.refresh_from_db()
    assert (task.type, task.payload) == ("external", None)
