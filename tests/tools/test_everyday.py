"""The tools that Celery's users know, on a running platform: `inspect` and Flower."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests

from tests.support.gates import Gate
from tests.support.platform import ROOT, Platform
from tests.support.ports import own_port

LOGIN = ("ada", "only for this test")


@pytest.fixture(scope="module")
def platform(
    make_platform: Callable[..., AbstractContextManager[Platform]],
) -> Iterator[Platform]:
    with make_platform(FLOWER_BASIC_AUTH=":".join(LOGIN)) as platform:
        platform.dispatcher()
        platform.worker("w3", slots=8)
        yield platform


@pytest.fixture
def running_job(platform: Platform, request: pytest.FixtureRequest) -> Iterator[str]:
    gate = Gate(platform.directory, request.node.name)
    id_ = platform.client.submit_one("latch", gate.payload())
    gate.wait_reached()
    yield id_
    gate.open()
    platform.wait_final(id_)


def lease_of(platform: Platform, job_id: str) -> str:
    statement = "SELECT lease_id::text FROM executors_execution WHERE job_id = %s"
    return str(platform.database.one(statement, [job_id]))


def test_a_worker_joins_with_its_slots_and_its_queue(platform: Platform) -> None:
    executor = platform.executor("w3")
    assert (executor["slots"], executor["status"], executor["pool"]) == (8, "online", "prefork")
    assert "executor.w3" in platform.processes["w3"].said()


def test_inspect_active_shows_the_lease(platform: Platform, running_job: str) -> None:
    # Whoever is asked by name is waited for, so long and no longer than until the answer is there.
    command = [
        sys.executable, "-m", "celery", "-A", "config", "inspect", "active", "--json",
        "--destination=celery@w3", "--timeout=60",
    ]  # fmt: skip
    answer = subprocess.run(
        command, cwd=ROOT, env=platform.environment, check=True, capture_output=True, text=True
    )
    [lease] = json.loads(answer.stdout)["celery@w3"]
    assert lease["id"] == lease_of(platform, running_job)
    assert lease["name"] == "latch"


def test_flower_shows_each_lease_under_the_name_of_its_type(
    platform: Platform, running_job: str
) -> None:
    port = own_port()
    platform.process(
        "flower", sys.executable, "-m", "celery", "-A", "config", "flower",
        "--address=127.0.0.1", f"--port={port}",
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/api"

    def get(path: str, login: Any = LOGIN) -> requests.Response | None:
        try:
            return requests.get(f"{url}/{path}", auth=login, timeout=60)
        except requests.RequestException:
            return None

    platform.wait_until(lambda: get("workers"), what="Flower answers")
    refused = get("tasks", ("ada", "wrong"))
    assert refused is not None
    assert refused.status_code == 401

    def names() -> dict[str, str]:
        platform.wait_final(platform.client.submit_one("echo", {"n": 1}))
        answer = get("tasks")
        return {} if answer is None else {t["name"]: t["state"] for t in answer.json().values()}

    platform.wait_until(lambda: names().get("echo") == "SUCCESS", what="Flower shows a lease")
