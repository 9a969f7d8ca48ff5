"""An executor whose functions wait for the test, and a stand-in for Celeriac."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from executor_client import Executor, Run, signing
from tests.executor_client.stand_in import SECRET, StandIn, stand_in
from tests.support.ports import own_port
from tests.support.waiting import wait_until


class Station:
    """A served executor with one slot, and what the test needs to steer it."""

    def __init__(self, server: StandIn, spool: Path, **options: Any) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{own_port()}"
        self.started = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.runs: list[Run] = []
        self.executor = Executor(
            "group", "one", base_url=self.url, celeriac=server.url, token="t", spool=spool,
            **{"drain": 60.0, "last_reports": 60.0, "heartbeat_every": 0.1, **options},
        )  # fmt: skip
        self.executor.task("wait", cron_expression="0 * * * *")(self._wait)
        self.executor.task("broken")(self._broken)
        self._thread = threading.Thread(target=self.executor.serve, daemon=True)
        self._thread.start()

    def _wait(self, run: Run) -> Any:
        self.runs.append(run)
        self.started.release()
        while not self.go_on.acquire(timeout=0.05):
            run.check()
        return run.payload

    def _broken(self, run: Run) -> Any:
        raise ValueError(f"{run.payload} is wrong")

    def wait_registered(self) -> None:
        wait_until(lambda: self.server.bodies(BEAT), what="the executor is known")

    def call(self, path: str, body: dict[str, Any], *, secret: str = SECRET) -> int:
        """The status of the answer to a signed call."""
        raw = json.dumps(body).encode()
        headers = signing.sign(secret, raw, time.time())
        request = urllib.request.Request(self.url + path, raw, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def execute(self, number: int, task: str = "wait", **fields: Any) -> int:
        """The answer to an /execute whose callback has the path `/callback/NUMBER`."""
        return self.call("/execute", {
            "execution_id": f"execution-{number}", "token": f"token-{number}", "job_id": "job",
            "task_name": task, "payload": {"n": number}, "attempt": 1,
            "callback_url": f"{self.server.url}/callback/{number}", **fields,
        })  # fmt: skip

    def stop(self) -> None:
        """Ends it in good order; what is under way must be let go on first."""
        self.executor.stop()
        self._thread.join(150)
        assert not self._thread.is_alive()


BEAT = "/api/v1/executors/00000000-0000-7000-8000-000000000001/heartbeat"
STATUS = "/api/v1/executors/00000000-0000-7000-8000-000000000001/status"


@pytest.fixture
def celeriac() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


@pytest.fixture
def station(celeriac: StandIn, tmp_path: Path) -> Iterator[Station]:
    station = Station(celeriac, tmp_path / "spool.sqlite3")
    station.wait_registered()
    yield station
    station.go_on.release(10)
    station.stop()
