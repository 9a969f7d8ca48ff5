"""Which processes make a whole Celeriac, as data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from jobs.errors import CeleriacError

POOLS = {1: "prefork", 2: "threads"}


class NotANumber(CeleriacError):
    """{name} has to be a whole number from 1 to {most}, not {value!r}."""

    code = "not_a_number"


@dataclass(frozen=True)
class Process:
    """One process: its command, what it needs to be told, and how one sees that it is ready."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    # An URL that answers once it is ready, or a text that its log then holds.
    ready_url: str = ""
    ready_text: str = ""
    # Its last words are for other processes: it is stopped while these still run.
    leaves_first: bool = False


@dataclass(frozen=True)
class Worker:
    """A Celery worker with `threads` slots."""

    name: str
    threads: int
    pool: str


@dataclass(frozen=True)
class Addresses:
    """Where the web process, Flower and the sample executor, if there is one, listen."""

    host: str
    port: int
    flower_port: int
    executor_port: int | None = None

    @property
    def url(self) -> str:
        """The web process's address for people on this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def flower_url(self) -> str:
        """Flower's address."""
        return f"http://127.0.0.1:{self.flower_port}"


def whole_number(environ: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    """The number that the environment names, if it does. Raises NotANumber."""
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise NotANumber(name=name, most=most, value=value)
    return int(value)


def workers(environ: Mapping[str, str]) -> list[Worker]:
    """Two workers, or as WORKER_1_ID, WORKER_1_THREADS, WORKER_1_POOL, WORKER_2_ID, … say.

    Raises NotANumber.
    """
    found: list[Worker] = []
    for number in count(1):
        given = {
            key: environ.get(f"WORKER_{number}_{key}", "") for key in ("ID", "THREADS", "POOL")
        }
        if number > len(POOLS) and not any(given.values()):
            return found
        found.append(
            Worker(
                name=given["ID"] or f"w{number}",
                threads=whole_number(environ, f"WORKER_{number}_THREADS", default=4, most=1024),
                pool=given["POOL"] or POOLS.get(number, "prefork"),
            )
        )
    raise AssertionError


def processes(addresses: Addresses, chosen: list[Worker], flower_login: str) -> list[Process]:
    """All processes in the order of their start; `flower_login` is `user:password`."""
    return [
        Process(
            name="web",
            command=(
                *_module("uvicorn"), "config.asgi:application", f"--host={addresses.host}",
                f"--port={addresses.port}", "--timeout-graceful-shutdown=2", "--no-access-log",
            ),
            environment={"FLOWER_URL": addresses.flower_url},
            ready_url=f"{addresses.url}/healthz",
        ),
        Process(
            name="dispatcher",
            command=(sys.executable, "manage.py", "dispatcher"),
            ready_text="dispatcher leads",
        ),
        *(_worker(worker) for worker in chosen),
        Process(
            name="service",
            command=_celery(
                "worker", "--hostname=service", "--pool=threads", "--concurrency=16",
                "--queues=celery,callbacks,gateway", "--task-events", "--loglevel=INFO",
            ),
            ready_text="ready.",
        ),
        Process(
            name="beat",
            command=_celery("beat", "--pidfile=", "--loglevel=INFO"),
            ready_text="beat leads",
        ),
        Process(
            name="flower",
            command=_celery(
                "flower", "--address=127.0.0.1", f"--port={addresses.flower_port}",
                "--max_tasks=10000",
            ),
            # In its environment, since everybody on the machine can read a command line.
            environment={"FLOWER_BASIC_AUTH": flower_login},
            ready_url=addresses.flower_url,
        ),
    ]  # fmt: skip


def sample_executor(addresses: Addresses, token: str, directory: Path) -> Process:
    """The HTTP executor of the examples, which keeps its reports in the `directory`."""
    url = f"http://127.0.0.1:{addresses.executor_port}"
    return Process(
        name="sample-executor",
        command=_module("examples.http_executor"),
        environment={
            "CELERIAC_URL": addresses.url,
            "CELERIAC_TOKEN": token,
            "BASE_URL": url,
            "SPOOL": str(directory / "executor-spool.sqlite3"),
        },
        ready_text="Registered as",
        leaves_first=True,
    )


def _worker(worker: Worker) -> Process:
    return Process(
        name=worker.name,
        command=_celery(
            "worker", f"--hostname={worker.name}", f"--pool={worker.pool}",
            f"--concurrency={worker.threads}", "--task-events", "--loglevel=INFO",
        ),
        ready_text="ready.",
    )  # fmt: skip


def _celery(*arguments: str) -> tuple[str, ...]:
    return (*_module("celery"), "--app=config", *arguments)


def _module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name)
