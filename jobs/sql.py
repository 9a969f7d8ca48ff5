"""Small tools for set-based SQL: rows as column arrays, which Postgres reads as one constant."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from django.db import OperationalError, transaction

T = TypeVar("T")

DEADLOCK_RETRIES = 5


class Cursor(Protocol):
    """The part of a DB-API cursor that the verbs use: Django's, or psycopg2's own."""

    @property
    def rowcount(self) -> int: ...
    @property
    def connection(self) -> Any: ...
    def execute(self, query: str, params: Any = ..., /) -> Any: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...


class Statement:
    """SQL that Postgres plans once a session; its parameters are `$1`, `$2`, …, with casts.

    Planning takes longer than running where a statement touches few rows. The plan made for any
    parameters looks rows up by index, which is right for the short arrays that these take.
    """

    _prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()

    def __init__(self, text: str) -> None:
        self._text = text
        self._name = f"celeriac_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        count = max(map(int, re.findall(r"\$(\d+)", text)), default=0)
        parameters = f"({', '.join(['%s'] * count)})" if count else ""
        self._execute = f"EXECUTE {self._name}{parameters}"

    def run(self, cursor: Cursor, *parameters: object) -> None:
        """Executes it, having prepared it where this session has not yet."""
        prepared = self._prepared.setdefault(cursor.connection, set())
        if self._name not in prepared:
            # Kept by the session even if the transaction is rolled back.
            cursor.execute(f"PREPARE {self._name} AS {self._text}")
            prepared.add(self._name)
        cursor.execute(self._execute, parameters)


def array(values: Iterable[object]) -> str:
    """A Postgres array literal, `None` as NULL; far cheaper to parse than ARRAY[…]."""
    return "{" + ",".join(map(_element, values)) + "}"


def uuids(values: Iterable[str]) -> str:
    """`array` for UUIDs as text, none of them null: nothing in them needs a quote."""
    return "{" + ",".join(values) + "}"


def numbers(values: Iterable[float]) -> str:
    """`array` for numbers, none of them null."""
    return "{" + ",".join(map(repr, values)) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def retry_on_deadlock(work: Callable[[], T]) -> T:
    """Runs `work` in a transaction, again if Postgres ended it to break a deadlock (40P01)."""
    return retry_statement_on_deadlock(transaction.atomic(work))


def retry_statement_on_deadlock(work: Callable[[], T]) -> T:
    """The same for work that is one statement, which is a transaction by itself."""
    for _ in range(DEADLOCK_RETRIES):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != "40P01":
                raise
    return work()
