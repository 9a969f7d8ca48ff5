"""What goes into SQL comes out the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.ids import uuid7
from jobs.sql import Statement, array, numbers, retry_on_deadlock, uuids

pytestmark = pytest.mark.django_db

# Postgres stores neither NUL nor half of a surrogate pair.
text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
quick = settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read_back(cursor: Any, literal: str, kind: str) -> list[Any]:
    cursor.execute(f"SELECT value FROM unnest(%s::{kind}[]) AS value", [literal])
    return [row[0] for row in cursor.fetchall()]


@quick
@given(values=st.lists(st.none() | text | st.sampled_from(["NULL", "", "{}", '"', "\\", "a,b"])))
def test_array_of_text(cursor: Any, values: list[str | None]) -> None:
    assert read_back(cursor, array(values), "text") == values


@quick
@given(values=st.lists(st.floats(allow_nan=False)))
def test_arrays_of_numbers(cursor: Any, values: list[float]) -> None:
    assert read_back(cursor, numbers(values), "float8") == values
    assert read_back(cursor, array(values), "float8") == values


@quick
@given(values=st.lists(st.booleans() | st.none()))
def test_array_of_booleans(cursor: Any, values: list[bool | None]) -> None:
    assert read_back(cursor, array(values), "bool") == values


def test_array_of_uuids(cursor: Any) -> None:
    values = [uuid7() for _ in range(5)]
    assert [UUID(str(value)) for value in read_back(cursor, uuids(values), "uuid")] == [
        UUID(value) for value in values
    ]


def test_statement_is_prepared_once_and_takes_its_parameters(cursor: Any) -> None:
    statement = Statement("SELECT $1::int + $2::int, $3::text")
    for a in (1, 2):
        statement.run(cursor, a, 40, "it's %s")
        assert cursor.fetchone() == (a + 40, "it's %s")
    cursor.execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%$2::int, $3::text'"
    )
    assert cursor.fetchone() == (1,)


def test_only_a_deadlock_is_tried_again(cursor: Any) -> None:
    tries = []

    def work() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError from _Postgres("40P01")
        return len(tries)

    assert retry_on_deadlock(work) == 3
    with pytest.raises(OperationalError):
        retry_on_deadlock(lambda: _fail("57P01", tries))
    assert len(tries) == 4


class _Postgres(Exception):
    def __init__(self, pgcode: str) -> None:
        self.pgcode = pgcode


def _fail(pgcode: str, tries: list[int]) -> None:
    tries.append(1)
    raise OperationalError from _Postgres(pgcode)
