"""Postgres and Valkey together, in one data directory."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from config.embedded.files import write_secret
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.valkey import EmbeddedValkey
from config.environment import Services


class EmbeddedServers:
    """Both servers of a data directory, as a context manager.

    While they run, `services.json` in the directory tells other processes where they are.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        logs = data_dir / "logs"
        self.postgres = EmbeddedPostgres(
            data_dir / "postgres", durable=durable, log=logs / "postgres.log"
        )
        self.valkey = EmbeddedValkey(data_dir / "valkey", durable=durable, log=logs / "valkey.log")
        self._file = data_dir / "services.json"
        self._running = ExitStack()

    @property
    def services(self) -> Services:
        """The URLs of both."""
        return Services(self.postgres.url, self.valkey.url, self.valkey.url)

    def __enter__(self) -> Self:
        with ExitStack() as started:
            started.enter_context(self.postgres)
            started.enter_context(self.valkey)
            write_secret(self._file, vars(self.services) | {"pid": os.getpid()})
            started.callback(self._file.unlink, missing_ok=True)
            self._running = started.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()


def environment(services: Services, data_dir: Path) -> dict[str, str]:
    """This process's environment with the names by which a child finds the servers."""
    return os.environ | {
        "DATABASE_URL": services.database_url,
        "BROKER_URL": services.broker_url,
        "REDIS_URL": services.redis_url,
        "CELERIAC_DATA_DIR": str(data_dir),
    }
