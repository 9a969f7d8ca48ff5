"""Tasks that trigger each other, pause themselves and have retry policies, by way of the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from executors.worker.parents import read_parent
from jobs.models import Job
from scheduling.following import follow
from scheduling.models import Task
from tests.api.client import Api, problem
from tests.support.rows import make_job

pytestmark = pytest.mark.django_db


def make(api: Api, name: str, **fields: Any) -> dict[str, Any]:
    body = {"name": name, "type": "add_numbers", "payload": {"a": 1, "b": 2}} | fields
    return dict(api.post("tasks", body).json())


def refused(response: Any) -> dict[str, str]:
    return {error["field"]: error["code"] for error in problem(response, 400)["errors"]}


def test_a_task_that_triggers_itself_is_refused(operator: Api) -> None:
    task = make(operator, "one")
    answer = operator.patch(f"tasks/{task['id']}", {"on_success": "one"})
    assert refused(answer) == {"on_success": "cyclic_chain"}


def test_a_circle_is_refused_and_named(operator: Api) -> None:
    first = make(operator, "one")
    make(operator, "two", on_failure="one")
    make(operator, "three", on_success="two", on_failure="one")
    answer = operator.patch(f"tasks/{first['id']}", {"on_success": "three", "on_failure": "three"})
    assert refused(answer) == {"on_success": "cyclic_chain", "on_failure": "cyclic_chain"}
    assert "one → three → " in problem(answer, 400)["errors"][0]["message"]
    assert operator.patch(f"tasks/{first['id']}", {"priority": 3}).status_code == 200


def test_many_ways_to_the_same_task_are_no_circle(operator: Api) -> None:
    last = "0"
    make(operator, last)
    for number in range(1, 40):
        make(operator, f"{number}a", on_success=last, on_failure=last)
        make(operator, f"{number}", on_success=f"{number}a", on_failure=last)
        last = f"{number}"
    assert operator.patch(f"tasks/{last}", {"priority": 3}).status_code == 200


def test_the_child_of_a_job_knows_its_parent(operator: Api) -> None:
    then = make(operator, "then")
    task = make(operator, "first", on_success="then")
    job = make_job("completed", task_id=task["id"], result={"sum": 3}, follow_up=True)
    with connection.cursor() as cursor:
        assert follow(cursor, 10).done == 1
    child = Job.objects.get(task_id=then["id"])
    assert operator.get(f"jobs/{child.id}").json()["parent"] == str(job.id)
    parent = read_parent(str(child.parent_id))
    assert parent is not None
    assert (parent.id, parent.task_id, parent.status) == (str(job.id), task["id"], "completed")
    assert (parent.result, parent.error) == ({"sum": 3}, None)


def test_a_parent_may_have_been_pruned(operator: Api) -> None:
    assert read_parent(make_job().id) is not None
    Job.objects.all().delete()
    assert read_parent("0199aaaa-0000-7000-8000-000000000000") is None


def test_why_a_task_paused_itself_is_shown_until_it_is_resumed(operator: Api) -> None:
    task = make(operator, "it", pause_after_failures=1)
    job = make_job("failed", task_id=task["id"], follow_up=True)
    assert task["pause_reason"] is None
    with connection.cursor() as cursor:
        follow(cursor, 10)
    shown = operator.get(f"tasks/{task['id']}").json()
    assert (shown["enabled"], shown["failures"]) == (False, 1)
    assert shown["pause_reason"]["code"] == "failed_too_often"
    assert shown["pause_reason"]["job"] == str(job.id)
    resumed = operator.post(f"tasks/{task['id']}/resume").json()
    assert (resumed["enabled"], resumed["pause_reason"]) == (True, None)


def test_the_retry_policy_of_a_task_is_that_of_its_jobs(operator: Api) -> None:
    policy = {"strategy": "list", "delays": [1, 2, 3]}
    task = make(operator, "it", retry=policy)
    job = operator.post(f"tasks/{task['id']}/trigger").json()
    assert job["max_attempts"] == 4
    assert job["retry"] == task["retry"] == policy | {
        "delays": [1.0, 2.0, 3.0], "jitter": 0.0, "give_up_on": []
    }  # fmt: skip
    assert Task.objects.get(pk=task["id"]).max_attempts is None
