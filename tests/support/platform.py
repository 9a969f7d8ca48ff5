"""A Celeriac of real processes on a database, a broker and a directory of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests

from config.embedded.valkey import EmbeddedValkey
from tests.support import invariants, report
from tests.support.client import Client
from tests.support.database import ROOT, Database
from tests.support.ports import own_port
from tests.support.process import Process
from tests.support.standing import FORGET, Standing
from tests.support.waiting import LIMIT, wait_until

T = TypeVar("T")

QUICK = {
    "HEARTBEAT_INTERVAL": "0.5",
    "HEARTBEAT_LIMIT": "15",
    "CANCEL_GRACE": "3",
    "POLL_INTERVAL": "0.2",
}
"""Seconds, so that tests need not wait for what takes longer in earnest.

No less: a process that a busy machine lets wait must not be taken for dead, or for deaf; one that
was silent for half the limit gets no more work.
"""
PATIENT = {"LIST_SECONDS": "60"}
"""Seconds as well, after which a list is not whole: on a busy machine they pass for no reason."""


class Platform(Standing):
    """Starts processes and watches over them; `client` is how a test talks to it.

    Its broker keeps nothing on disk: one that is killed has lost its data.
    """

    def __init__(
        self, database: Database, directory: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self.database = database
        self.client = Client(database)
        self.directory = directory
        self.valkey = EmbeddedValkey(directory / "valkey", durable=False)
        self.valkey.start()
        self.processes: dict[str, Process] = {}
        self.environment = os.environ | QUICK | PATIENT | dict(settings or {}) | {
            "DATABASE_URL": database.url,
            "BROKER_URL": self.valkey.url,
            "REDIS_URL": self.valkey.url,
            "CELERIAC_DATA_DIR": str(directory),
            "CELERIAC_APPS": "tests.support.workload",
            "CELERIAC_NO_VENV": "1",
            "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        self.heartbeat_limit = float(self.environment["HEARTBEAT_LIMIT"])

    def dispatcher(self, name: str = "dispatcher", *, leads: bool = True) -> Process:
        """A dispatcher: the one of that name which runs, or a new one once it leads."""
        process = self.process(name, sys.executable, "manage.py", "dispatcher")
        return self._in_the_election(process, leads=leads)

    def beat(self, name: str = "beat", *, leads: bool = True, **env: str) -> Process:
        """A beat: the one of that name which runs, or a new one once it leads."""
        return self._in_the_election(self.start_beat(name, **env), leads=leads)

    def _in_the_election(self, process: Process, *, leads: bool) -> Process:
        """Waits until it leads, or stands by.

        It may lead then too: where a busy machine keeps a leader waiting for two seconds, another
        takes over.
        """
        self.wait_until(
            lambda: self.leads(process) in {leads, True},
            what=f"{process.name} {'leads' if leads else 'stands by'}",
        )
        return process

    def start_beat(self, name: str, **env: str) -> Process:
        """A beat: the one of that name which runs, or a new one, just started."""
        return self.process(
            name, sys.executable, "-m", "celery", "-A", "config", "beat", "--pidfile=",
            "--loglevel=INFO", **env,
        )  # fmt: skip

    def worker(self, name: str = "w1", *, slots: int = 2, pool: str = "prefork") -> Process:
        """A worker: the one of that name which runs, or a new one once it is ready for work."""
        process = self.start_worker(name, slots=slots, pool=pool)
        self.wait_until(
            lambda: "ready." in process.said() and self.executor(name).get("pid") == process.pid,
            what=f"the worker {name} is ready",
        )
        return process

    def start_worker(
        self, name: str, *, slots: int = 2, pool: str = "prefork", process: str = "", **env: str
    ) -> Process:
        """A worker: the one of that name which runs, or a new one, just started.

        `process` is what the test calls it, where that is not its name.
        """
        return self.process(
            process or name, sys.executable, "-m", "celery", "-A", "config", "worker", "-n", name,
            "-c", str(slots), "-P", pool, "--loglevel=INFO", **env,
        )  # fmt: skip

    def service_worker(self) -> Process:
        """The worker that runs the ends of chords."""
        process = self.process(
            "service", sys.executable, "-m", "celery", "-A", "config", "worker", "-n", "service",
            "-c", "2", "-P", "threads", "-Q", "celery,callbacks", "--loglevel=INFO",
        )  # fmt: skip
        self.wait_until(lambda: "ready." in process.said(), what="the service worker is ready")
        return process

    def gateway(self, name: str = "gateway", *, pool: str = "threads", **env: str) -> Process:
        """The worker that calls HTTP executors: the one that runs, or a new one once it is ready.

        On loopback, which is not allowed without being said.
        """
        process = self.process(
            name, sys.executable, "-m", "celery", "-A", "config", "worker", "-n", name,
            "-c", "2", "-P", pool, "-Q", "gateway", "--loglevel=INFO",
            **{"EXECUTOR_ADDRESSES": "loopback", "HAND_OVER_SECONDS": "4"} | env,
        )  # fmt: skip
        self.wait_until(
            lambda: "ready." in process.said() and self.is_alive("gateway", process.pid),
            what=f"{name} is ready",
        )
        return process

    def no_gateway(self) -> None:
        """Kills the gateway, if there is one."""
        if "gateway" in self.processes:
            self.processes["gateway"].kill()
            self.wait_unconnected("gateway")

    def retire(self, name: str) -> None:
        """Has a worker end as a service manager does, and waits until it is gone."""
        self.processes[name].terminate()
        assert self.processes[name].wait() == 0, self.describe()

    def discard(self, *names: str) -> None:
        """Kills workers that a test is done with; nobody has to find out that they are silent.

        What they still hold, maybe of a job that the test didn't wait for, ends first.
        """
        self.wait_until(lambda: not self.held_by(*names), what=f"{names} hold nothing")
        self.kill(*names)
        statement = "UPDATE executors_executor SET status = 'offline' WHERE name = ANY(%s)"
        self.database.query(statement, [list(names)])

    def die(self, name: str) -> None:
        """Kills a worker in the midst of its work, and has that found out at once."""
        self.kill(name)
        self.age(name)

    def kill(self, *names: str) -> None:
        """Kills processes; when it returns, not even a heartbeat is on its way."""
        for name in names:
            self.processes[name].kill()
        self.wait_unconnected(*names)

    def reset(self) -> None:
        """Forgets all that a failed test has left behind."""
        for process in self.processes.values():
            process.kill()
        self.valkey.restart()
        self.database.query(FORGET)

    def learn(self, type_: str, *payloads: dict[str, Any]) -> None:
        """Has these jobs run, so that the dispatcher knows how long the type takes."""
        self.wait_final(*self.client.submit(type_, *payloads))

    def web(self, port: int | None = None) -> str:
        """Starts the web process; its address, once it answers."""
        port = port or own_port()
        self.process(
            "web", sys.executable, "-m", "uvicorn", "config.asgi:application", f"--port={port}",
            "--timeout-graceful-shutdown=30",
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        self.wait_until(lambda: _answers(f"{url}/healthz"), what="the web process answers")
        return url

    def manage(self, *arguments: str) -> str:
        """Runs a command of manage.py to its end; what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    def process(self, name: str, *command: str, **env: str) -> Process:
        """The process of that name which runs, or a new one, just started."""
        running = self.processes.get(name)
        if running is None or not running.is_running():
            log = self.directory / f"{name}.log"
            environment = self.environment | {"CELERIAC_PROCESS": name} | env
            running = Process(name, command, environment, log)
            self.processes[name] = running
        return running

    def wait_until(self, condition: Callable[[], T], *, limit: float = LIMIT, what: str = "") -> T:
        """As `waiting.wait_until`; where it is in vain, tells what the platform looks like."""
        try:
            return wait_until(condition, limit=limit, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.describe()}") from None

    def wait_final(self, *ids: str, limit: float = LIMIT) -> None:
        """Waits until these jobs have ended."""
        self.wait_until(lambda: self.client.are_final(ids), limit=limit, what="the jobs have ended")

    def check_invariants(self) -> None:
        """Waits until all is at rest, then holds the rows against the invariants."""
        self.wait_until(lambda: invariants.is_at_rest(self.database), what="all is at rest")
        found = invariants.violations(self.database)
        assert not found, f"{found}\n{self.describe()}"

    def describe(self) -> str:
        """Rows and logs, for a person who wonders why a test failed."""
        return report.describe(self.database, self.processes.values())

    def stop(self) -> None:
        """Ends all processes at once."""
        for process in self.processes.values():
            process.kill()
        self.valkey.kill()

    def leftovers(self) -> list[int]:
        """Processes that still have this platform's directory in their environment."""
        mark = ("CELERIAC_DATA_DIR", str(self.directory))
        return [
            process.pid
            for process in psutil.process_iter()
            if process.pid != os.getpid() and mark in _environment(process).items()
        ]


@contextmanager
def running(
    database: Database, directory: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Platform]:
    """A platform that is stopped in the end, and must then have left nothing behind."""
    platform = Platform(database, directory, settings)
    try:
        yield platform
    finally:
        platform.stop()
    assert not platform.leftovers()
    wait_until(lambda: not invariants.foreign_sessions(database), what="sessions have ended")
    database.close()


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return {}


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).ok
    except (requests.ConnectionError, requests.Timeout):
        return False
