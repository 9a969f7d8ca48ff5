"""Databases for tests that run real processes: each a fresh copy of one migrated template."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extras import RealDictCursor

ROOT = Path(__file__).resolve().parents[2]


class Database:
    """One database, and this process's own connection to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: Any = None

    def query(self, statement: str, params: Sequence[object] | dict[str, object] = ()) -> list[Any]:
        """The rows, as dictionaries."""
        with self.transaction() as cursor:
            cursor.execute(statement, params or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, params: Sequence[object] = ()) -> Any:
        """The first column of the first row, None where there is no row."""
        rows = self.query(statement, params)
        return next(iter(rows[0].values())) if rows else None

    @contextmanager
    def transaction(self, cursor_factory: Any = RealDictCursor) -> Iterator[Any]:
        """A cursor in a transaction; call `close` first where the server was restarted."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(self.url, application_name="test")
        try:
            with self._connection, self._connection.cursor(cursor_factory=cursor_factory) as cursor:
                yield cursor
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.close()
            raise

    def close(self) -> None:
        """Closes the connection; the next statement opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def database_url(server_url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


@contextmanager
def shared_template(server_url: str, directory: Path) -> Iterator[str]:
    """The name of a database to copy, with all migrations applied.

    Processes that run tests side by side share one: the first makes it, the last removes it.
    """
    name = f"celeriac_template_{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
    with closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:

            def ask(statement: str) -> Any:
                cursor.execute(statement, [name])
                return cursor.fetchone()

            # One makes or removes it at a time; meanwhile others may use it, or come to.
            ask("SELECT pg_advisory_lock(hashtext(%s), 1)")
            if not ask("SELECT 1 FROM pg_database WHERE datname = %s"):
                make_template(server_url, directory, name)
            ask("SELECT pg_advisory_lock_shared(hashtext(%s), 2)")
            ask("SELECT pg_advisory_unlock(hashtext(%s), 1)")
            yield name
            ask("SELECT pg_advisory_lock(hashtext(%s), 1)")
            ask("SELECT pg_advisory_unlock_shared(hashtext(%s), 2)")
            if ask("SELECT pg_try_advisory_lock(hashtext(%s), 2)")[0]:
                drop_database(server_url, name)


def make_template(server_url: str, directory: Path, name: str) -> str:
    """Makes a database with all migrations applied, to be copied; its name."""
    unfinished = f"{name}_unfinished"
    create_database(server_url, unfinished)
    environment = os.environ | {
        "DATABASE_URL": database_url(server_url, unfinished),
        "CELERIAC_DATA_DIR": str(directory),
        "CELERIAC_NO_VENV": "1",
    }
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    _execute(server_url, statement.format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


def create_database(server_url: str, name: str, template: str = "template1") -> str:
    """Makes a database as a copy of another; its URL."""
    drop_database(server_url, name)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _execute(server_url, statement.format(sql.Identifier(name), sql.Identifier(template)))
    return database_url(server_url, name)


def drop_database(server_url: str, name: str) -> None:
    """Removes a database with whoever is still connected to it."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    _execute(server_url, statement.format(sql.Identifier(name)))


def _execute(server_url: str, statement: sql.Composed) -> None:
    with closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
