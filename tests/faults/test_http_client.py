"""An executor made with `executor_client`, while it, or the web process, goes away."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.ports import own_port
from tests.support.process import Process

pytestmark = pytest.mark.faults

_numbers = count(1)


class Station:
    """A gated executor that registers itself, and its task, which is called as its group."""

    def __init__(self, platform: Platform, web: str) -> None:
        self._platform = platform
        self.web = web
        self.group = f"gated-{next(_numbers)}"
        self.name = f"{self.group}:one"
        self._url = f"http://127.0.0.1:{own_port()}"
        arguments = ("token", "--role", "executor", "--group", self.group, "--name", self.group)
        self._token = platform.manage(*arguments)
        admin = platform.manage("token", "--role", "admin", "--name", f"{self.group}-admin")
        self._headers = {"Authorization": f"Token {admin}"}

    def start(self) -> Process:
        process = self._platform.process(
            self.group, sys.executable, "-m", "tests.support.gated_executor",
            GROUP=self.group, BASE_URL=self._url, CELERIAC_URL=self.web,
            CELERIAC_TOKEN=self._token, SPOOL=str(self._platform.directory / self.group),
        )  # fmt: skip
        self._platform.wait_until(
            lambda: "Registered as" in process.said(), what="the executor is registered"
        )
        return process

    def trigger(self, gate: Gate) -> str:
        """A job of the task."""
        url = f"{self.web}/api/v1/tasks/{self.group}/trigger"
        body = {"payload": gate.payload()}
        answer = requests.post(url, json=body, headers=self._headers, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def log(self, job_id: str) -> list[str]:
        """The lines of a job's log."""
        url = f"{self.web}/api/v1/jobs/{job_id}/logs"
        answer = requests.get(url, headers=self._headers, timeout=60)
        return [line["text"] for line in answer.json()["results"]]

    def job(self, job_id: str) -> tuple[Any, ...]:
        found = self._platform.client.job(job_id)
        return found["status"], found["attempt"], found["result"], found["executor"]


@pytest.fixture(scope="module")
def web(module_platform: Platform) -> str:
    module_platform.environment["EXECUTOR_ADDRESSES"] = "loopback"
    return module_platform.web()


@pytest.fixture(scope="module")
def gateway(module_platform: Platform, web: str) -> Iterator[None]:
    module_platform.gateway("calling", CALLBACK_BASE_URL=web)
    yield
    module_platform.processes["calling"].kill()


@pytest.fixture
def station(platform: Platform, web: str, gateway: None) -> Iterator[Station]:
    station = Station(platform, web)
    station.start()
    yield station
    platform.discard(station.group)
    platform.database.query(
        "UPDATE executors_executor SET status = 'offline' WHERE name = %s", [station.name]
    )


def test_the_whole_way(platform: Platform, station: Station, gate: Gate) -> None:
    job_id = station.trigger(gate)
    gate.wait_reached()
    progress = {"fraction": 0.5, "message": "half"}
    platform.wait_until(
        lambda: platform.client.job(job_id)["progress"] == progress, what="it shows progress"
    )
    gate.open()
    platform.wait_final(job_id)
    assert station.job(job_id) == ("completed", 1, "let through", station.name)
    assert station.log(job_id) == ["attempt 1"]


def test_killed_executor_starts_anew(platform: Platform, station: Station, gate: Gate) -> None:
    job_id = station.trigger(gate)
    gate.wait_reached()
    platform.processes[station.group].kill()
    gate.forget()
    station.start()
    gate.wait_reached()
    gate.open()
    platform.wait_final(job_id)
    assert station.job(job_id) == ("completed", 2, "let through", station.name)
    states = [its["state"] for its in platform.client.executions(job_id)]
    assert (states[0], states[-1]) == ("lost", "completed")


def test_web_is_away_at_the_end(platform: Platform, station: Station, gate: Gate) -> None:
    job_id = station.trigger(gate)
    gate.wait_reached()
    platform.processes["web"].kill()
    gate.open()
    executor = platform.processes[station.group]
    platform.wait_until(
        lambda: "can't be told of an end" in executor.said(), what="it could not report"
    )
    platform.web(urlsplit(station.web).port)
    platform.wait_final(job_id)
    assert station.job(job_id) == ("completed", 1, "let through", station.name)


def test_report_outlives_the_executor(platform: Platform, station: Station, gate: Gate) -> None:
    job_id = station.trigger(gate)
    gate.wait_reached()
    platform.processes["web"].kill()
    gate.open()
    executor = platform.processes[station.group]
    platform.wait_until(
        lambda: "can't be told of an end" in executor.said(), what="it could not report"
    )
    executor.kill()
    platform.web(urlsplit(station.web).port)
    station.start()
    platform.wait_final(job_id)
    assert station.job(job_id) == ("completed", 1, "let through", station.name)


def test_drains_before_it_ends(platform: Platform, station: Station, gate: Gate) -> None:
    job_id = station.trigger(gate)
    gate.wait_reached()
    executor = platform.processes[station.group]
    executor.terminate()
    platform.wait_until(
        lambda: platform.executor(station.name)["status"] == "draining", what="it drains"
    )
    gate.open()
    assert executor.wait() == 0
    assert station.job(job_id) == ("completed", 1, "let through", station.name)
    assert platform.executor(station.name)["status"] == "offline"


def test_cancelled_while_it_runs(platform: Platform, station: Station, gate: Gate) -> None:
    job_id = station.trigger(gate)
    gate.wait_reached()
    platform.client.cancel(job_id)
    platform.wait_final(job_id)
    assert station.job(job_id)[0] == "cancelled"
