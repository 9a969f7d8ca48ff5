"""Small tools for set-based SQL: rows as column arrays, which Postgres reads as one constant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from django.db import OperationalError, transaction

T = TypeVar("T")

DEADLOCK_RETRIES = 5


class Cursor(Protocol):
    """The part of a DB-API cursor that the verbs use: Django's, or psycopg2's own."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, query: str, params: Any = ..., /) -> Any: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...


def array(values: Iterable[object]) -> str:
    """A Postgres array literal, `None` as NULL; far cheaper to parse than ARRAY[…]."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def retry_on_deadlock(work: Callable[[], T]) -> T:
    """Runs `work` in a transaction, again if Postgres ended it to break a deadlock (40P01)."""
    for _ in range(DEADLOCK_RETRIES):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != "40P01":
                raise
    with transaction.atomic():
        return work()
