"""The whole way, with real processes: registered, placed, run, logged, called back, completed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import requests

from tests.faults.beats import stop_ticks
from tests.support.platform import Platform
from tests.support.xxl_executor import DIALECTS, TOKEN, Failed, Handler, Run, XxlExecutor

pytestmark = pytest.mark.faults

_names = count(1)


@dataclass
class Fleet:
    """A platform with its API, and executors that register there."""

    platform: Platform
    url: str
    token: str

    def executor(self, handlers: dict[str, Handler], **fields: Any) -> XxlExecutor:
        return XxlExecutor(handlers, admin=f"{self.url}/xxl-job-admin", **fields)

    def post(self, path: str, body: object) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Token {self.token}"},
            timeout=60,
        )
        assert answer.ok, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str) -> dict[str, Any]:
        answer = requests.get(
            f"{self.url}/api/v1/{path}",
            headers={"Authorization": f"Token {self.token}"},
            timeout=60,
        )
        found: dict[str, Any] = answer.json()
        return found

    def task(self, group: str, handler: str, **fields: Any) -> str:
        """A task of the group; its name."""
        name = f"task {next(_names)}"
        self.post("tasks", {"name": name, "executor_group": group, "handler": handler} | fields)
        return name

    def trigger(self, name: str, **fields: Any) -> str:
        """The id of a job of the task."""
        return str(self.post(f"tasks/{name}/trigger", fields)["id"])

    def wait_running(self, id_: str) -> None:
        self.platform.wait_until(
            lambda: self.platform.client.job(id_)["status"] == "running", what="the job runs"
        )

    def log(self, id_: str) -> list[str]:
        return [line["text"] for line in self.get(f"jobs/{id_}/logs")["results"]]


@pytest.fixture(scope="module")
def fleet(make_platform: Callable[..., AbstractContextManager[Platform]]) -> Iterator[Fleet]:
    settings = {"XXL_JOB_ACCESS_TOKEN": TOKEN, "EXECUTOR_ADDRESSES": "loopback"}
    with make_platform(**settings) as platform:
        url = platform.web()
        token = platform.manage("token", "--role", "admin", "--name", "ci").split()[-1]
        platform.dispatcher()
        platform.gateway()
        yield Fleet(platform, url, token)


def group() -> str:
    return f"group-{next(_names)}"


def test_a_tick_is_run_logged_and_completed(fleet: Fleet) -> None:
    def report(run: Run) -> str:
        run.log(f"writes {run.parameters}")
        return "three pages"

    with fleet.executor({"report": report}, appname=group()) as there:
        assert there.register()["code"] == 200
        name = fleet.task(there.appname, "report", payload="daily", cron_expression="* * * * * *")
        fleet.platform.beat()
        jobs = fleet.platform.wait_until(
            lambda: fleet.get(f"jobs?task={name}&status=completed")["results"],
            what="a tick is completed",
        )
        id_ = jobs[-1]["id"]
        fleet.platform.wait_until(lambda: fleet.log(id_), what="the log is there")
        # A tick may be under way, and its job is to run as long as there is somebody to run it.
        stop_ticks(fleet.platform)
        fleet.platform.wait_until(
            lambda: not fleet.get(f"jobs?task={name}&scope=active")["results"],
            what="all ticks are completed",
        )

    assert fleet.get(f"jobs/{id_}")["result"] == "three pages"
    assert fleet.log(id_) == ["writes daily"]
    assert {answer["code"] for answer in there.callbacks} == {200}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_fleet_of_any_dialect_works(fleet: Fleet, dialect: str) -> None:
    def work(run: Run) -> str:
        if run.parameters == "break":
            raise Failed("it broke")
        return f"did {run.parameters}"

    with fleet.executor({"work": work}, appname=group(), dialect=dialect) as there:
        there.register()
        name = fleet.task(there.appname, "work", max_attempts=1, execution_mode="sequential")
        ids = [fleet.trigger(name, payload=payload) for payload in ("a", {"b": 1}, "break")]
        fleet.platform.wait_final(*ids)

    one, two, three = (fleet.platform.client.job(id_) for id_ in ids)
    assert one["result"] == "did a"
    assert two["result"] == 'did {"b": 1}'
    assert (three["status"], three["error"]["message"]) == ("failed", "it broke")


def test_a_handler_has_the_name_of_its_task_unless_told_otherwise(fleet: Fleet) -> None:
    with fleet.executor({"nightly": lambda run: "done"}, appname=group()) as there:
        there.register()
        fleet.post("tasks", {"name": "nightly", "executor_group": there.appname})
        id_ = fleet.trigger("nightly")
        fleet.platform.wait_final(id_)

    assert fleet.platform.client.job(id_)["result"] == "done"


def test_a_cancelled_run_is_killed(fleet: Fleet) -> None:
    def wait(run: Run) -> str:
        assert run.stopped.wait(300)
        return "stopped"

    with fleet.executor({"wait": wait}, appname=group()) as there:
        there.register()
        name = fleet.task(there.appname, "wait")
        ids = [fleet.trigger(name) for _ in range(2)]
        for id_ in ids:
            fleet.wait_running(id_)
        fleet.platform.wait_until(lambda: len(there.runs) == 2, what="both have arrived")
        fleet.post(f"jobs/{ids[0]}/cancel", {})
        fleet.platform.wait_final(ids[0])
        assert fleet.platform.client.job(ids[0])["status"] == "cancelled"
        assert fleet.platform.client.job(ids[1])["status"] == "running"
        fleet.post(f"jobs/{ids[1]}/cancel", {})
        fleet.platform.wait_final(*ids)
    fleet.platform.check_invariants()


@pytest.mark.parametrize("dialect", ["3.4", "Python"])
def test_a_run_that_is_too_long_is_a_timeout(fleet: Fleet, dialect: str) -> None:
    def wait(run: Run) -> str:
        assert run.stopped.wait(300)
        return "stopped"

    with fleet.executor({"wait": wait}, appname=group(), dialect=dialect) as there:
        there.register()
        name = fleet.task(there.appname, "wait", timeout=1, max_attempts=1)
        id_ = fleet.trigger(name)
        fleet.platform.wait_final(id_)

    job = fleet.platform.client.job(id_)
    assert (job["status"], job["error"]["code"]) == ("failed", "timeout")


def test_an_executor_that_signs_off_ends_what_it_runs_and_gets_nothing_new(fleet: Fleet) -> None:
    may_end = threading.Event()

    def work(run: Run) -> str:
        assert may_end.wait(300)
        return "done by the first"

    appname = group()
    with fleet.executor({"work": work}, appname=appname) as one:
        one.register()
        name = fleet.task(appname, "work")
        first = fleet.trigger(name)
        fleet.platform.wait_until(lambda: one.runs, what="it runs on the first")
        with fleet.executor({"work": lambda run: "done by the second"}, appname=appname) as two:
            assert one.sign_off()["code"] == 200
            two.register()
            second = fleet.trigger(name)
            fleet.platform.wait_final(second)
            may_end.set()
            fleet.platform.wait_final(first)

    results = [fleet.platform.client.job(id_)["result"] for id_ in (first, second)]
    assert results == ["done by the first", "done by the second"]
    assert [it["state"] for it in fleet.platform.client.executions(first)] == ["completed"]


def test_a_broadcast_runs_on_all_with_their_shards(fleet: Fleet) -> None:
    def shard(run: Run) -> str:
        return f"{run.told['broadcastIndex']} of {run.told['broadcastTotal']}"

    appname = group()
    with (
        fleet.executor({"shard": shard}, appname=appname) as one,
        fleet.executor({"shard": shard}, appname=appname) as two,
    ):
        one.register()
        two.register()
        name = fleet.task(appname, "shard", load_balance_strategy="broadcast")
        id_ = fleet.trigger(name)
        fleet.platform.wait_final(id_)

    results = fleet.platform.client.job(id_)["result"]
    assert sorted(shard["result"] for shard in results) == ["0 of 2", "1 of 2"]


def test_a_script_is_refused_where_the_task_is_defined(fleet: Fleet) -> None:
    answer = requests.post(
        f"{fleet.url}/api/v1/tasks",
        json={"name": "script", "executor_group": "any", "handler": "GLUE_SHELL"},
        headers={"Authorization": f"Token {fleet.token}"},
        timeout=60,
    )

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("handler", "glue_refused")
    assert "script" in error["message"]
