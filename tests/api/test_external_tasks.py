"""External tasks: which executors their jobs ask for, what those are told, and links."""

from __future__ import annotations

from typing import Any

import pytest

from executors.models import Executor
from jobs.models import Job
from scheduling.defining import backfilling
from scheduling.models import Task, TaskExecutor
from tests.api.client import NOWHERE, Api, fields, problem
from tests.support.rows import make_executor, make_member

pytestmark = pytest.mark.django_db


def make(operator: Api, **changes: Any) -> dict[str, Any]:
    answer = operator.post("tasks", {"name": "report"} | changes)
    assert answer.status_code == 201, answer.content
    return answer.json()


def trigger(operator: Api, task: dict[str, Any], **body: Any) -> Job:
    answer = operator.post(f"tasks/{task['id']}/trigger", body)
    assert answer.status_code == 201, answer.content
    return Job.objects.get(pk=answer.json()["id"])


def test_a_job_of_a_linked_task_asks_for_its_links(operator: Api):
    task = make(operator, execution_mode="skip", requires={"gpu": "true"})
    job = trigger(operator, task)
    assert job.requires == {"gpu": "true", f"task:{task['id']}": "linked"}
    assert job.external == {"task_name": "report", "handler": "report", "mode": "skip"}
    assert (job.type, job.payload) == ("external", None)


def test_a_job_of_a_group_asks_for_the_group(operator: Api):
    task = make(operator, executor_group="shop", handler="make_report", payload=[1, "x", None])
    job = trigger(operator, task, payload={"of": "today"})
    assert job.requires == {"group": "shop"}
    assert job.external == {"task_name": "report", "handler": "make_report", "mode": "parallel"}
    assert job.payload == {"of": "today"}


def test_a_typed_task_may_be_kept_to_a_group(operator: Api):
    typed = {"type": "add_numbers", "payload": {"a": 1, "b": 2}}
    job = trigger(operator, make(operator, executor_group="shop", **typed))
    assert (job.type, job.requires) == ("add_numbers", {"group": "shop"})
    assert job.external["task_name"] == "report"
    plain = trigger(operator, make(operator, name="plain", **typed))
    assert (plain.requires, plain.external) == ({}, None)


def test_one_executor_may_be_named_beside_the_links(operator: Api):
    make_member()
    job = trigger(operator, task := make(operator), executor="shop:one")
    assert job.requires == {f"task:{task['id']}": "linked", "executor": "shop:one"}


def test_jobs_of_two_linked_tasks_never_hide_each_other(operator: Api):
    one, other = (trigger(operator, make(operator, name=name)) for name in ("a", "b"))
    assert one.placement_class != other.placement_class


def test_backfills_ask_for_the_same(operator: Api, cursor: Any):
    task = make(operator, cron_expression="0 * * * *", executor_group="shop")
    span = {"from": "2024-01-01T00:00:00Z", "to": "2024-01-01T03:00:00Z"}
    assert operator.post(f"tasks/{task['id']}/backfill", span).status_code == 201
    assert backfilling.feed(cursor) == 1
    job = Job.objects.get()
    assert (job.requires, job.external["handler"]) == ({"group": "shop"}, "report")


def test_a_job_that_is_run_again_asks_for_the_same(operator: Api):
    job = trigger(operator, make(operator, handler="make_report"))
    assert operator.post(f"jobs/{job.id}/cancel").status_code == 200
    copy = Job.objects.get(pk=operator.post(f"jobs/{job.id}/retry").json()["id"])
    assert (copy.requires, copy.external) == (job.requires, job.external)


def test_a_job_without_a_task_must_say_for_whom_it_is(operator: Api):
    body = {"type": "external", "payload": {"any": ["thing", 1.5, None]}}
    refused = operator.post("jobs", body)
    assert fields(refused) == {"requires": "group_required"}
    assert "sample-executor" in problem(refused, 400)["detail"]
    assert fields(operator.post("jobs/bulk", {"jobs": [body]})) == {
        "jobs[0].requires": "group_required"
    }
    for requires in ({"group": "shop"}, {"executor": "shop:one"}):
        assert operator.post("jobs", body | {"requires": requires}).status_code == 201


class TestLinks:
    """Executors of a task, with their priority and weight."""

    def test_a_put_chooses_them_and_no_others(self, operator: Api, viewer: Api):
        make_member()
        two = make_member(instance_id="two").executor
        make(operator)
        path = "tasks/report/executors"
        body = {"executors": [{"executor": "shop:one", "priority": 1}, {"executor": str(two.id)}]}
        put = operator.put(path, body).json()
        assert [(one["executor"], one["priority"], one["weight"]) for one in put["executors"]] == [
            ("shop:one", 1, 1), ("shop:two", 0, 1),
        ]  # fmt: skip
        again = operator.put(path, {"executors": [{"executor": "shop:two", "weight": 5}]})
        assert [one["weight"] for one in again.json()["executors"]] == [5]
        assert viewer.get(path).json() == again.json()
        assert viewer.get("tasks/report").json()["executors"] == again.json()["executors"]
        assert viewer.get("tasks").json()["results"][0]["executors"] == again.json()["executors"]
        assert operator.delete(path).status_code == 204
        assert viewer.get(path).json() == {"executors": []}

    def test_an_executors_own_weight_counts_where_the_link_has_none(self, operator: Api):
        make_member()
        Executor.objects.update(weight=7)
        make(operator)
        answer = operator.put("tasks/report/executors", {"executors": [{"executor": "shop:one"}]})
        assert answer.json()["executors"][0]["weight"] == 7
        assert TaskExecutor.objects.get().weight is None

    def test_workers_may_be_linked_too(self, operator: Api):
        make_executor("w1")
        make(operator)
        answer = operator.put("tasks/report/executors", {"executors": [{"executor": "w1"}]})
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("links", "wrong"),
        [
            ([{"executor": "nobody"}], {"executors[0].executor": "executor_not_found"}),
            (
                [{"executor": "shop:one"}, {"executor": "shop:one"}],
                {"executors[1].executor": "repeated"},
            ),
            ([{}], {"executors[0].executor": "required"}),
            (
                [{"executor": "shop:one", "weight": 0}],
                {"executors[0].weight": "greater_than_equal"},
            ),
            ([{"executor": "shop:one", "priority": 1.5}], {"executors[0].priority": "int_type"}),
        ],
    )
    def test_nonsense_changes_nothing(self, operator: Api, links: Any, wrong: dict[str, str]):
        make_member()
        make(operator)
        operator.put("tasks/report/executors", {"executors": [{"executor": "shop:one"}]})
        assert fields(operator.put("tasks/report/executors", {"executors": links})) == wrong
        assert TaskExecutor.objects.count() == 1

    def test_of_no_task(self, operator: Api):
        problem(operator.get(f"tasks/{NOWHERE}/executors"), 404)
        problem(operator.put(f"tasks/{NOWHERE}/executors", {"executors": []}), 404)
        problem(operator.delete(f"tasks/{NOWHERE}/executors"), 404)

    def test_they_go_with_their_task_and_their_executor(self, operator: Api):
        make_member()
        task = make(operator)
        operator.put("tasks/report/executors", {"executors": [{"executor": "shop:one"}]})
        admin = Api("admin")
        assert admin.delete("executors/shop:one").status_code == 204
        assert operator.get("tasks/report").json()["executors"] == []
        assert operator.delete(f"tasks/{task['id']}").status_code == 204
        assert not Task.objects.exists()
