"""Lines in Postgres: each once, in the order in which they become visible, within the limit."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from executors.logs import reading, store
from executors.logs.lines import Line, Stream
from executors.logs.models import JobLog, LogLine
from executors.logs.reading import Query
from executors.logs.store import Entry
from jobs.ids import uuid7
from tests.support.races import Rival
from tests.support.situations import running
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db


def entry(pair: Any, place: int, text: str) -> Entry:
    return Entry(pair.job_id, pair.execution_id, place, Line(text, at=1e9 + place))


def texts(job_id: str, after: int = 0) -> list[str]:
    return [line["text"] for line in reading.read(Query(job_id, after=after)).lines]


def append(execution_id: str, *said: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        return store.append(cursor, execution_id, [Line(text) for text in said])


def test_lines_of_many_executions_by_one_statement(cursor: Any) -> None:
    it = running(3)
    store.write(cursor, [entry(pair, n, f"{n}") for n in (1, 2) for pair in it.pairs])
    assert [texts(id_) for id_ in it.ids] == [["1", "2"]] * 3
    assert list(JobLog.objects.values_list("lines", flat=True)) == [2, 2, 2]


def test_a_write_that_is_repeated_adds_nothing(cursor: Any) -> None:
    it = running()
    entries = [entry(it.pairs[0], n, f"{n}") for n in (1, 2)]
    store.write(cursor, entries)
    store.write(cursor, [*entries, entry(it.pairs[0], 3, "3")])
    assert texts(it.ids[0]) == ["1", "2", "3"]


def test_any_text_is_kept_as_it_is(cursor: Any) -> None:
    it = running()
    said = ['{"a",b}', "\\n\t'\"\\", "", "NULL", "{}", " ü\n\r\x01 "]
    store.write(cursor, [entry(it.pairs[0], n, text) for n, text in enumerate(said)])
    assert texts(it.ids[0]) == said


def test_executions_that_there_are_not_have_no_log(cursor: Any) -> None:
    it = running(2)
    nowhere = Entry(it.ids[0], uuid7(), 1, Line("x"))
    crossed = Entry(it.ids[0], it.pairs[1].execution_id, 1, Line("x"))
    store.write(cursor, [nowhere, crossed])
    assert append(uuid7(), "x") == 0
    assert not LogLine.objects.exists()
    assert not JobLog.objects.exists()


def test_what_comes_from_outside_is_made_fit_and_goes_on_where_it_was(cursor: Any) -> None:
    it = running()
    assert append(it.pairs[0].execution_id, "a\0", "b") == 2
    assert append(it.pairs[0].execution_id, "\udcff") == 1
    assert texts(it.ids[0]) == ["a\N{SYMBOL FOR NULL}", "b", "?"]
    assert append(it.pairs[0].execution_id) == 0


def test_what_comes_from_outside_is_cut_at_the_limit(cursor: Any, settings: Any) -> None:
    settings.CELERIAC = settings.CELERIAC | {"LOG_MAX_BYTES": 1000}
    it = running()
    execution_id = it.pairs[0].execution_id
    assert append(execution_id, *["x" * 36] * 8) == 8
    assert append(execution_id, *["x" * 36] * 8) == 2
    assert append(execution_id, "more") == 0
    assert LogLine.objects.count() == 11
    assert LogLine.objects.get(place=11).stream == Stream.NOTE
    assert store.cut_note(1000) in texts(it.ids[0])


@pytest.mark.django_db(transaction=True)
def test_lines_become_visible_in_the_order_of_their_numbers(rival: Rival) -> None:
    it = running()
    other, execution_id = threading.Event(), it.pairs[0].execution_id

    def say_and_dawdle(cursor: Any) -> None:
        store.append(cursor, execution_id, [Line("rival")])
        other.wait(60)

    dawdling = rival.begin(say_and_dawdle)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            rival_holds_it(it.ids[0])
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(Exception, match="lock timeout"):
                store.append(cursor, execution_id, [Line("mine")])
    finally:
        other.set()
        dawdling.result(60)
    assert append(execution_id, "mine") == 1
    assert texts(it.ids[0]) == ["rival", "mine"]


def rival_holds_it(job_id: str) -> None:
    """Waits until the rival has written, which nobody sees yet."""

    def is_held() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT FROM pg_locks JOIN pg_class ON pg_class.oid = relation
                  -- Databases of other processes that run tests have tables of the same number.
                  JOIN pg_database ON pg_database.oid = database AND datname = current_database()
                 WHERE relname = 'executors_logline' AND mode = 'RowExclusiveLock'
                   AND pid <> pg_backend_pid()
                """
            )
            return bool(cursor.fetchall())

    wait_until(is_held, what="the rival has written")
