"""HTTP executors register, with the tasks that they can do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from executors.models import Executor, Member
from executors.states import ExecutionState
from scheduling.api import shapes
from scheduling.models import Task, TaskExecutor
from tests.api.client import Api, fields, problem
from tests.api.registering import SEED, register
from tests.support.situations import running

TASK = {
    "name": "test_task",
    "cron_expression": "*/10 * * * * *",
    "execution_mode": "parallel",
    "load_balance_strategy": "round_robin",
}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]


@pytest.fixture
def its_own() -> Api:
    return Api("executor", group="sample-executor")


@pytest.fixture
def other() -> Api:
    return Api("executor", "of others", group="others")


def test_the_body_of_the_seed_makes_an_executor_a_task_and_a_link(its_own: Api, admin: Api):
    made = register(its_own)
    assert set(made) == {"id", "name", "instance_id", "secret", "warnings"}
    assert (made["name"], made["instance_id"]) == ("sample-executor", "executor-001")
    assert made["warnings"] == []
    executor = admin.get(f"executors/{made['id']}").json()
    assert executor["name"] == "sample-executor:executor-001"
    assert (executor["status"], executor["protocol"], executor["slots"]) == ("online", "http", 1)
    assert executor["types"] == ["external"]
    task = admin.get("tasks/test_task").json()
    assert (task["type"], task["payload"], task["cron_expression"]) == (
        "external", None, "*/10 * * * * *",
    )  # fmt: skip
    assert [link["executor"] for link in task["executors"]] == [executor["name"]]
    shapes.Registered.model_validate_json(its_own.post("executors/register", SEED).content)


def test_the_task_of_the_seed_may_be_there_before(its_own: Api, admin: Api):
    made = admin.post("tasks", TASK)
    assert made.status_code == 201, made.content
    assert register(its_own)["warnings"] == []
    task = admin.get("tasks/test_task").json()
    assert task["load_balance_strategy"] == "round_robin"
    assert len(task["executors"]) == 1


def test_registering_again_updates(its_own: Api, admin: Api):
    first = register(its_own)
    again = register(
        admin, 200, base_url="http://127.0.0.1:9091/", slots=3, weight=2, labels={"gpu": "true"},
        types=["AddNumbers", "external"], heartbeat_timeout=30, require_signature=True,
    )  # fmt: skip
    assert (again["id"], again["secret"]) == (first["id"], first["secret"])
    executor, member = Executor.objects.get(), Member.objects.get()
    assert (executor.slots, executor.weight, executor.labels) == (3, 2, {"gpu": "true"})
    assert (executor.types, executor.host) == (["external", "add_numbers"], "127.0.0.1")
    assert (member.base_url, member.heartbeat_timeout) == ("http://127.0.0.1:9091", 30)
    assert member.require_signature
    assert Task.objects.count() == TaskExecutor.objects.count() == 1


def test_without_any_sign_of_life_it_is_dead_after_a_minute(its_own: Api):
    register(its_own, health_check_url=None)
    assert Member.objects.get().heartbeat_timeout == 60
    assert Member.objects.get().next_check_at is None


def test_a_task_that_is_there_is_only_linked(its_own: Api, admin: Api):
    body = {"name": "test_task", "type": "add_numbers", "payload": {"a": 1, "b": 2}}
    assert admin.post("tasks", body | {"cron_expression": "0 3 * * *"}).status_code == 201
    before = Task.objects.values().get()
    [warning] = register(its_own)["warnings"]
    assert warning == "test_task: its cron expression is 0 3 * * *, and stays so."
    assert Task.objects.values().get() == before
    assert TaskExecutor.objects.count() == 1


def test_a_task_of_another_group_is_not_taken_over(its_own: Api, other: Api):
    register(its_own)
    task = {"task_name": "test_task", "cron_expression": "@every 1h", "priority": 1000}
    [warning] = register(other, name="others", tasks=[task])["warnings"]
    assert warning.startswith("test_task: not linked")
    assert "*/10" not in warning
    assert TaskExecutor.objects.get().executor.name == "sample-executor:executor-001"


def test_a_task_that_names_another_group_is_not_taken_over(its_own: Api, admin: Api):
    assert admin.post("tasks", TASK | {"executor_group": "others"}).status_code == 201
    [warning] = register(its_own)["warnings"]
    assert warning.startswith("test_task: not linked")
    assert not TaskExecutor.objects.exists()


def test_a_task_that_names_the_group_is_linked(its_own: Api, other: Api, admin: Api):
    assert admin.post("tasks", TASK | {"executor_group": "sample-executor"}).status_code == 201
    assert register(other, name="others")["warnings"] != []
    assert register(its_own)["warnings"] == []
    assert TaskExecutor.objects.get().executor.name == "sample-executor:executor-001"


def test_another_instance_of_a_group_is_linked_to_its_tasks(its_own: Api):
    register(its_own)
    assert register(its_own, instance_id="executor-002")["warnings"] == []
    assert TaskExecutor.objects.count() == 2


def test_an_admin_links_a_task_of_any_group(its_own: Api, other: Api, admin: Api):
    register(its_own)
    assert register(admin, name="others")["warnings"] == []
    assert TaskExecutor.objects.count() == 2
    assert register(other, 200, name="others")["warnings"] == []
    assert admin.post("tasks", {"name": "t", "executor_group": "others"}).status_code == 201
    [warning] = register(admin, 200, tasks=[{"task_name": "t"}])["warnings"]
    assert "others only" in warning
    assert TaskExecutor.objects.count() == 3


def test_a_job_type_must_be_known_of_the_group(its_own: Api, other: Api, admin: Api):
    wanted = {"types": ["AddNumbers", "external"]}
    refused = problem(its_own.post("executors/register", SEED | wanted), 403)
    assert refused["detail"].startswith("types: ")
    assert "add_numbers" in refused["detail"]
    assert not Executor.objects.exists()
    register(admin, instance_id="executor-000", **wanted)
    register(its_own, **wanted)
    assert Executor.objects.filter(types__contains=["add_numbers"]).count() == 2
    problem(other.post("executors/register", SEED | wanted | {"name": "others"}), 403)


def test_a_link_has_the_priority_and_weight_that_were_given_last(its_own: Api):
    task = SEED["tasks"][0]
    register(its_own, tasks=[task | {"priority": 7, "weight": 3}])
    link = TaskExecutor.objects.get()
    assert (link.priority, link.weight) == (7, 3)
    register(its_own, 200)
    link.refresh_from_db()
    assert (link.priority, link.weight) == (7, 3)
    register(its_own, 200, tasks=[task | {"priority": -1}])
    link.refresh_from_db()
    assert (link.priority, link.weight) == (-1, 3)


def test_a_task_may_be_described_as_it_is_to_be_made(its_own: Api, admin: Api):
    more = {"handler": "count", "payload": {"to": 10}, "execution_mode": "skip", "timeout": 5}
    register(its_own, tasks=[{"task_name": "t"} | more])
    task = admin.get("tasks/t").json()
    assert {name: task[name] for name in more} == more
    assert task["cron_expression"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("type", "add_numbers"), ("on_success", "t"), ("requires", {}), ("executor_group", "x")],
)
def test_a_registration_makes_no_work_for_others(its_own: Api, field: str, value: Any):
    answer = its_own.post(
        "executors/register", SEED | {"tasks": [{"task_name": "t", field: value}]}
    )
    assert fields(answer) == {f"tasks[0].{field}": "unknown_field"}
    assert not Executor.objects.exists()


def test_a_hundred_tasks_are_made(its_own: Api):
    tasks = [{"task_name": f"task {n}", "cron_expression": "0 3 * * *"} for n in range(100)]
    register(its_own, tasks=tasks)
    assert TaskExecutor.objects.count() == 100


def test_another_incarnation_loses_what_the_one_before_had(its_own: Api):
    register(its_own, incarnation="first")
    it = running(executor=Executor.objects.get())
    register(its_own, 200, incarnation="first")
    it.refresh()
    assert it.executions[0].state == ExecutionState.RUNNING
    register(its_own, 200)
    it.refresh()
    assert it.executions[0].state == ExecutionState.RUNNING
    register(its_own, 200, incarnation="second")
    it.refresh()
    assert it.executions[0].state == ExecutionState.LOST


def test_a_worker_of_the_same_name_is_left_alone(its_own: Api):
    Executor.objects.create(
        name="sample-executor:executor-001", slots=1, pool="threads", host="h", pid=1,
        incarnation="01a1ff78-112b-7fed-b332-34bf10b64f0f",
    )  # fmt: skip
    assert fields(its_own.post("executors/register", SEED), 409) == {"instance_id": "name_taken"}


def test_what_a_person_decided_lasts(its_own: Api, admin: Api):
    made = register(its_own)
    for status in ("draining", "offline"):
        assert admin.patch(f"executors/{made['id']}/status", {"status": status}).status_code == 200
        register(its_own, 200)
        assert Executor.objects.get().status == status
    assert admin.patch(f"executors/{made['id']}/status", {"status": "online"}).status_code == 200
    register(its_own, 200)
    assert Executor.objects.get().status == "online"


def test_one_that_went_by_itself_is_back_with_its_registration(its_own: Api):
    made = register(its_own)
    its_own.patch(f"executors/{made['id']}/status", {"status": "offline"})
    assert (Executor.objects.get().status, Member.objects.get().shut) == ("offline", True)
    register(its_own, 200)
    assert (Executor.objects.get().status, Member.objects.get().shut) == ("online", False)


def test_one_whose_checks_fail_is_looked_at_before_it_gets_work(its_own: Api):
    register(its_own)
    Executor.objects.update(status="offline")
    Member.objects.update(checks_failed=3, next_check_at=None)
    register(its_own, 200)
    assert Executor.objects.get().status == "offline"
    assert Member.objects.get().next_check_at is not None


@pytest.mark.django_db(transaction=True)
def test_instances_that_start_together_share_a_new_task():
    api = Api("executor", group="sample-executor")
    start = Barrier(3)

    def enter(number: int) -> int:
        start.wait()
        try:
            body = SEED | {"instance_id": f"executor-{number}"}
            return api.post("executors/register", body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(enter, range(3))) == [201, 201, 201]
    assert (Task.objects.count(), TaskExecutor.objects.count()) == (1, 3)


@pytest.mark.django_db(transaction=True)
def test_one_that_registers_twice_at_once_is_one():
    api = Api("executor", group="sample-executor")
    start = Barrier(2)

    def enter(_: int) -> int:
        start.wait()
        try:
            return api.post("executors/register", SEED).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(enter, range(2))) == [200, 201]
    assert (Executor.objects.count(), Member.objects.count()) == (1, 1)
