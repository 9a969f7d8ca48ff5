"""What handlers say while a lease is worked through: heard, written in time, and at no cost."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from executors.logs import execution_log, lease_logs
from executors.logs.lease_logs import LeaseLogs
from executors.logs.models import JobLog, LogLine
from tests.support.races import Rival
from tests.support.situations import Situation, running

pytestmark = pytest.mark.django_db(transaction=True)


def said(it: Situation, index: int = 0) -> list[tuple[str, int, str]]:
    rows = LogLine.objects.filter(job_id=it.ids[index]).order_by("number")
    return [(row.stream, row.level, row.text) for row in rows]


SPOKEN = [
    ("logger", 20, "hey by the logger"),
    ("logger", 30, "hey by a library"),
    ("logger", 40, "hey by a closed library"),
    ("stdout", 20, "hey printed"),
    ("stderr", 30, "hey complained"),
    ("stdout", 20, "hey by a thread"),
    ("stdout", 20, "hey by asyncio"),
    ("stdout", 20, "hey unfinished"),
]


def test_all_that_a_handler_says_is_kept(claim: Any, capfd: Any) -> None:
    it, run = claim("speak", {"word": "hey"}, {"word": "hey", "fails": True})
    run.work()
    assert said(it, 0) == SPOKEN
    assert said(it, 1) == SPOKEN
    rows = LogLine.objects.filter(job_id=it.ids[0]).order_by("number")
    assert [row.number for row in rows] == [row.place for row in rows] == list(range(1, 9))
    assert {str(row.execution_id) for row in rows} == {it.pairs[0].execution_id}
    it.refresh()
    assert it.executions[0].started_at <= rows[0].at <= rows[7].at <= it.executions[0].completed_at
    shown = capfd.readouterr()
    assert shown.out.count("hey printed\n") == 2
    assert shown.err.count("hey complained\n") == 2


def test_what_is_said_outside_a_handler_is_nobodys(claim: Any, capfd: Any) -> None:
    it, run = claim("speak", {"word": "hey"})
    run.work()
    print("outside")
    assert "outside\n" in capfd.readouterr().out
    run.write(close=True)
    assert said(it) == SPOKEN


def test_silence_costs_no_statement_and_no_row(claim: Any) -> None:
    it, run = claim("echo", *({"n": n} for n in range(20)))
    with CaptureQueriesContext(connection) as silent:
        run.work()
    assert not JobLog.objects.exists()
    it, run = claim("speak", {"word": "hey"}, executor=it.executor)
    with CaptureQueriesContext(connection) as speaking:
        run.work()
    statements = [query["sql"] for query in silent if "PREPARE" not in query["sql"]]
    assert [sql.split()[0] for sql in statements] == ["EXECUTE", "NOTIFY"]
    assert sum("EXECUTE" in query["sql"] for query in speaking) == 2


def test_lines_wait_while_the_database_is_away(rival: Rival) -> None:
    it = running()
    logs = LeaseLogs(0.0)
    logs.open(it.ids[0], it.pairs[0].execution_id).record(20, "hello")
    rival.do(
        lambda cursor: cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )
    later = time.monotonic() + lease_logs.WRITE_EVERY
    logs.write_some(later)
    assert not said(it)
    logs.write_some(later + 2 * lease_logs.WRITE_EVERY)
    assert said(it) == [("logger", 20, "hello")]


def test_what_can_not_be_stored_of_a_log_holds_no_outcome_up(
    claim: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution_log, "storable", str)
    it, run = claim("echo", {"n": 1})
    run._logs.open(it.ids[0], it.pairs[0].execution_id).record(20, "a\0b")
    run.work()
    it.refresh()
    assert it.jobs[0].status == "completed"


def test_a_log_is_whole_before_its_job_is_seen_to_have_ended(claim: Any) -> None:
    it, run = claim("speak", {"word": "hey"})
    seen = []
    save = run.save

    def look_and_save(*args: Any) -> None:
        seen.append(said(it))
        save(*args)

    run.save = look_and_save
    run.work()
    assert seen == [SPOKEN]
