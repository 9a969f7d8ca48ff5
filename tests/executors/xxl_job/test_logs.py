"""Logs of runs are fetched from real servers, in every dialect, and kept with the job."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from executors.gateway.threads import in_database
from executors.models import LogLine, Member, XxlRun
from executors.protocols.contract import Call
from executors.protocols.xxl_job import logs
from executors.protocols.xxl_job.pace import GIVE_UP, LINGER, is_over
from executors.protocols.xxl_job.protocol import XxlJobProtocol
from executors.protocols.xxl_job.wire.asked import LogPart
from executors.reports import Report, ReportStatus, accept_report
from tests.executors.xxl_job.conftest import call_of, member_of
from tests.support.xxl_executor import DIALECTS, Run, XxlExecutor

Gateway = Callable[[Callable[..., Any]], Any]
speaker = XxlJobProtocol()

NOTHING = LogPart((), 4, is_end=False)
LINES = LogPart(("a",), 5, is_end=False)
END = LogPart((), 4, is_end=True)
LAST_LINES = LogPart(("a",), 5, is_end=True)


@pytest.mark.parametrize(
    ("part", "ended_ago", "over"),
    [
        (NOTHING, None, False),
        (END, None, False),
        (LAST_LINES, None, False),
        (None, None, False),
        (LINES, 0.0, False),
        (NOTHING, 0.0, False),
        (NOTHING, LINGER + 1, True),
        (LINES, LINGER + 1, False),
        (LINES, GIVE_UP + 1, True),
        (END, 0.0, True),
        (LAST_LINES, 0.0, True),
        (None, LINGER + 1, False),
        (None, GIVE_UP + 1, True),
    ],
)
def test_when_a_log_is_over(part: LogPart | None, ended_ago: float | None, over: bool) -> None:
    assert is_over(part, ended_ago) is over


def wait(run: Run) -> str:
    assert run.stopped.wait(60)
    return "stopped"


def run_on(there: XxlExecutor, gateway: Gateway) -> tuple[Call, Run]:
    call = call_of(member_of(there))
    gateway(lambda http: speaker.run(call, http))
    return call, there.runs[XxlRun.objects.get().id]


def pull(gateway: Gateway, *, due: bool = True) -> None:
    if due:
        age("log_pulled_at", 3600)
    gateway(speaker.pull_logs)


def age(column: str, seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE executors_xxlrun SET {column} = now() - %s * interval '1 s'", [seconds]
        )


def end(call: Call, *, ago: float = 0.0) -> None:
    report = Report(status=ReportStatus.COMPLETED, result=json.dumps("done"))
    assert accept_report(call.execution_id, report)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE executors_execution SET completed_at = now() - %s * interval '1 s'", [ago]
        )


def log() -> list[str]:
    return list(LogLine.objects.order_by("number").values_list("text", flat=True))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_log_grows_with_the_run(gateway: Gateway, dialect: str) -> None:
    with XxlExecutor({"report": wait}, dialect=dialect) as there:
        call, run = run_on(there, gateway)
        run.lines = ["one", "two"]
        pull(gateway)
        pull(gateway)
        assert log() == ["one", "two"]

        run.lines += ["three", "", "five"]
        end(call)
        pull(gateway)

    assert log() == ["one", "two", "three", "", "five"]
    assert [body["fromLineNum"] for body in there.asked("/log")] == [1, 3, 3]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nobody_asks_once_a_log_is_over(gateway: Gateway, dialect: str) -> None:
    with XxlExecutor({"report": wait}, dialect=dialect) as there:
        call, run = run_on(there, gateway)
        run.lines = ["one"]
        end(call, ago=LINGER + 1)
        pull(gateway)
        pull(gateway)
        asked = len(there.asked("/log"))
        pull(gateway)

    assert XxlRun.objects.get().log_ended
    assert len(there.asked("/log")) == asked <= 2
    assert log() == ["one"]


def test_it_outlives_the_executor(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        call, run = run_on(there, gateway)
        run.lines = ["one"]
        pull(gateway)
    pull(gateway)
    end(call, ago=GIVE_UP + 1)
    pull(gateway)

    assert log() == ["one"]
    assert XxlRun.objects.get().log_ended


def test_a_run_is_not_looked_at_again_at_once(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FASTEST", 60.0)
    with XxlExecutor({"report": wait}) as there:
        call, run = run_on(there, gateway)
        pull(gateway, due=False)
        assert there.asked("/log") == []

        age("started_at", 70)
        pull(gateway, due=False)
        pull(gateway, due=False)
        assert len(there.asked("/log")) == 1

        run.lines = ["the last"]
        end(call)
        pull(gateway, due=False)

    assert len(there.asked("/log")) == 2
    assert log() == ["the last"]


def test_a_long_run_is_looked_at_more_seldom(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        run_on(there, gateway)
        age("started_at", 600)
        for seconds in (3, 40):
            age("log_pulled_at", seconds)
            pull(gateway, due=False)

    assert len(there.asked("/log")) == 1


def test_lines_are_a_sign_of_life(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        _, run = run_on(there, gateway)
        lease = Member.objects.get().executor.leases.get()
        run.lines = ["one"]
        pull(gateway)

    before = lease.accepted_at
    lease.refresh_from_db()
    assert before is None
    assert lease.accepted_at is not None


def test_a_log_that_is_too_long_is_cut_and_left(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.CELERIAC, "LOG_MAX_BYTES", 1000)
    with XxlExecutor({"report": wait}) as there:
        _, run = run_on(there, gateway)
        run.lines = ["x" * 100] * 50
        pull(gateway)
        pull(gateway)

    lines = log()
    assert len(lines) < 10
    assert "cut here" in lines[-1]
    assert len(there.asked("/log")) == 1


def test_an_answer_beyond_all_measure_ends_the_log(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        _, run = run_on(there, gateway)
        run.lines = ["x" * 1000] * 200
        pull(gateway)
        pull(gateway)

    assert "larger than" in log()[-1]
    assert len(there.asked("/log")) == 1


MISBEHAVING = {
    "nothing": b"",
    "a page": b"<html>",
    "an array": b"[]",
    "a refusal": b'{"code":500,"msg":"no"}',
    "no payload": b'{"code":200}',
    "a payload that is none": b'{"code":200,"data":"lines"}',
    "a last line before the first": b'{"code":200,"data":{"toLineNum":-5,"logContent":"a\\n"}}',
    "a last line beyond all": b'{"code":200,"data":{"toLineNum":9e99,"logContent":"a\\n"}}',
}


@pytest.mark.parametrize("body", MISBEHAVING.values(), ids=MISBEHAVING)
def test_a_log_that_is_none_harms_nobody(gateway: Gateway, body: bytes) -> None:
    with XxlExecutor({"report": wait}) as one, XxlExecutor({"report": wait}) as two:
        one.instead["/log"] = body
        run_on(one, gateway)
        call = call_of(member_of(two))
        gateway(lambda http: speaker.run(call, http))
        [run] = two.runs.values()
        run.lines = ["fine"]
        pull(gateway)

    assert log() == ["fine"]


def test_any_text_can_be_logged(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        _, run = run_on(there, gateway)
        run.lines = ["a\0b", "half \ud83d", "x" * 40_000, "\t😀"]
        pull(gateway)

    first, second, third, fourth = log()
    assert (first, second, fourth) == ("a␀b", "half ?", "\t😀")
    assert "more characters" in third


def test_an_executor_that_was_removed_ends_the_log(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        call, _ = run_on(there, gateway)
        end(call, ago=GIVE_UP + 1)
    Member.objects.all().delete()
    pull(gateway)

    assert XxlRun.objects.get().log_ended


def test_what_was_handed_back_has_no_log(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        run_on(there, gateway)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE executors_execution SET state = 'released'")
        pull(gateway)

    assert there.asked("/log") == []
    assert XxlRun.objects.get().log_ended


def test_two_gateways_at_once_add_the_lines_once(gateway: Gateway) -> None:
    async def look_twice(http: Any) -> None:
        [run] = await in_database(logs._take_due)
        await asyncio.gather(logs._look(run, http), logs._look(run, http))

    with XxlExecutor({"report": wait}) as there:
        _, run = run_on(there, gateway)
        run.lines = ["one", "two"]
        age("started_at", 10)
        gateway(look_twice)

    assert len(there.asked("/log")) == 2
    assert log() == ["one", "two"]
