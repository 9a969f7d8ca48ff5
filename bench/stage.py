"""What every bench stands on: throw-away servers with durable defaults, and real processes."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import requests

from config.embedded.ports import free_port
from config.embedded.process import GuardedProcess
from config.embedded.servers import EmbeddedServers, environment

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0
"""Seconds after which something that should have happened is an error."""


class Stage:
    """Servers that run; processes are started against them."""

    def __init__(self, servers: EmbeddedServers, env: dict[str, str], logs: Path) -> None:
        self.servers = servers
        self.env = env
        self._logs = logs

    @contextmanager
    def process(self, *arguments: str, **extra: str) -> Iterator[GuardedProcess]:
        """Runs `python ARGUMENTS` while the block lasts; `extra` are environment variables."""
        log = self._logs / f"{'-'.join(arguments[1:4]).replace('/', '_')}.log"
        process = GuardedProcess(
            [sys.executable, *arguments], env=self.env | extra, cwd=ROOT, log=log, grace=10
        )
        try:
            yield process
        except BaseException:
            sys.stderr.write(f"\n--- {log.name}\n{log.read_text()[-3000:]}\n")
            raise
        finally:
            process.stop()

    @contextmanager
    def web(self) -> Iterator[tuple[str, GuardedProcess]]:
        """Runs the web process while the block lasts: its address, where it answers, and itself."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        uvicorn = ("-m", "uvicorn", "config.asgi:application", f"--port={port}")
        with self.process(*uvicorn, "--no-access-log", "--log-level=warning") as process:
            until(lambda: answers(f"{url}/healthz"), "the web process answers")
            yield url, process


@contextmanager
def stage(**settings: str) -> Iterator[Stage]:
    """Starts Postgres and Valkey, migrates, and sets Django up in this process."""
    with tempfile.TemporaryDirectory(prefix="celeriac-bench-") as directory:
        data_dir = Path(directory)
        data_dir.chmod(0o711)
        with EmbeddedServers(data_dir, durable=True) as servers:
            env = environment(servers.services, data_dir)
            env |= {
                "CELERIAC_APPS": "tests.support.workload",
                "PYTHONPATH": str(ROOT),
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "CELERIAC_NO_VENV": "1",
            } | settings
            os.environ.update(env)
            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield Stage(servers, env, data_dir / "logs")


def until(is_so: Callable[[], bool], what: str, every: float = 0.02) -> float:
    """Waits until it is so; the monotonic time when it was seen."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            message = f"Not within {PATIENCE:g} s: {what}"
            raise TimeoutError(message)
        time.sleep(every)
    return time.monotonic()


def answers(url: str) -> bool:
    """Whether a web server says yes there."""
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False
