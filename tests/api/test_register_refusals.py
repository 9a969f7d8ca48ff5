"""Registrations of HTTP executors that are refused, and why."""

from __future__ import annotations

import socket
from threading import Event
from typing import Any

import pytest

from executors.models import Executor
from scheduling.models import Task
from tests.api.client import Api, fields, problem
from tests.api.registering import SEED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]


@pytest.fixture
def its_own() -> Api:
    return Api("executor", group="sample-executor")


def test_all_mistakes_are_told_at_once_and_nothing_is_stored(its_own: Api):
    answer = its_own.post(
        "executors/register",
        SEED
        | {
            "base_url": "ftp://localhost",
            "health_check_url": "http://user:secret@localhost/",
            "tasks": [
                {"task_name": "good"},
                {"task_name": "bad", "cron_expression": "every day"},
                {"task_name": "good"},
            ],
        },
    )
    assert set(fields(answer)) == {
        "base_url", "health_check_url", "tasks[1].cron_expression", "tasks[2].task_name",
    }  # fmt: skip
    assert b"secret" not in answer.content
    assert not Task.objects.exists()
    assert not Executor.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "localhost:9090", "file:///etc/passwd", "http://", "http://localhost/#x", "http:///x",
        "http://169.254.169.254/", "http://[fe80::1]/", "http://224.0.0.1/", "http://0.0.0.0/",
        "http://10.0.0.1/", "http://[::ffff:169.254.169.254]/", "http://no.such.host.invalid/",
        "http://local host/", "http://localhost/?a=b", "http://\x00/",
    ],
)  # fmt: skip
def test_addresses_that_may_not_be_called_are_refused(its_own: Api, url: str):
    assert set(fields(its_own.post("executors/register", SEED | {"base_url": url}))) == {"base_url"}


def test_a_name_server_that_does_not_answer_holds_no_request_for_long(
    its_own: Api, monkeypatch: pytest.MonkeyPatch
):
    over, ended, ask = Event(), Event(), socket.getaddrinfo

    def never(host: str, *asked: Any, **options: Any) -> Any:
        if host != "dead.example":
            return ask(host, *asked, **options)
        if not over.wait(30):
            ended.set()
        raise socket.gaierror(socket.EAI_AGAIN, host)

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", never)
        answer = its_own.post(
            "executors/register",
            SEED | dict.fromkeys(("base_url", "health_check_url"), "http://dead.example/"),
        )
    over.set()
    assert not ended.is_set()
    assert fields(answer) == dict.fromkeys(("base_url", "health_check_url"), "unknown_host")


def test_loopback_must_be_allowed(its_own: Api, settings: Any):
    settings.CELERIAC = settings.CELERIAC | {"EXECUTOR_ADDRESSES": ""}
    answer = its_own.post("executors/register", SEED)
    assert set(fields(answer)) == {"base_url", "health_check_url"}
    assert b"EXECUTOR_ADDRESSES" in answer.content


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a:b"), ("name", ""), ("name", "x" * 64), ("name", "grün"), ("name", 7),
        ("instance_id", ""), ("instance_id", "x" * 137), ("instance_id", "a\nb"),
        ("slots", 0), ("slots", 1001), ("slots", True), ("weight", 0), ("types", ["nope"]),
        ("labels", {"": "x"}), ("health_interval", 0), ("failure_threshold", 0), ("surprise", 1),
        ("tasks", [{}]), ("tasks", "test_task"), ("tasks", [7]),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_field(admin: Api, field: str, value: Any):
    found = fields(admin.post("executors/register", SEED | {field: value}))
    assert all(name.startswith(field) for name in found)


def test_ten_thousand_tasks_are_refused(its_own: Api):
    tasks = [{"task_name": f"task {n}"} for n in range(10_000)]
    answer = its_own.post("executors/register", SEED | {"tasks": tasks})
    assert set(fields(answer)) == {"tasks"}
    assert "100" in problem(answer, 400)["detail"]
    assert not Task.objects.exists()


def test_a_group_has_so_many_executors_at_most(its_own: Api, settings: Any):
    settings.CELERIAC = settings.CELERIAC | {"EXECUTORS_PER_GROUP": 2}
    for name in ("one", "two", "two"):
        assert its_own.post("executors/register", SEED | {"instance_id": name}).status_code < 300
    answer = its_own.post("executors/register", SEED | {"instance_id": "three"})
    assert fields(answer) == {"instance_id": "group_full"}
    assert Executor.objects.count() == 2
