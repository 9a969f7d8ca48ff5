"""`manage.py logs`: prints a log, and follows it until its job has ended."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from executors.logs import store
from executors.logs.lines import Level, Line
from jobs.models import Job
from tests.api.client import NOWHERE
from tests.support.platform import Platform
from tests.support.rows import make_execution, make_executor, make_job, make_lease
from tests.support.waiting import wait_until


def logs(*arguments: str) -> list[str]:
    out = io.StringIO()
    call_command("logs", *arguments, stdout=out)
    return out.getvalue().splitlines()


def say(execution_id: object, *texts: str, level: Level = Level.INFO) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        lines = [Line(text, level, at=1_800_000_000.25) for text in texts]
        store.append(cursor, str(execution_id), lines)


@pytest.fixture
def job(db: None) -> Job:
    """A completed job with one execution, which said two things."""
    job = make_job("completed")
    execution = make_execution(job, make_lease(make_executor()))
    say(execution.id, "a")
    say(execution.id, "b", level=Level.ERROR)
    return job


def test_it_prints_lines_with_their_time_and_level(job: Job) -> None:
    assert logs(str(job.id)) == [
        "2027-01-15 08:00:00.250 INFO     a",
        "2027-01-15 08:00:00.250 ERROR    b",
    ]
    assert logs(str(job.id), "--level", "error") == ["2027-01-15 08:00:00.250 ERROR    b"]


def test_an_id_may_be_written_in_other_ways(job: Job) -> None:
    assert logs(str(job.id).replace("-", "").upper()) == logs(str(job.id))


def test_several_executions_are_told_apart(job: Job) -> None:
    chunk = make_execution(job, make_lease(make_executor("w2")), kind="chunk", chunk=3, attempt=2)
    say(chunk.id, "c")
    assert [line.split(maxsplit=3)[3] for line in logs(str(job.id))] == [
        "[attempt 1] a", "[attempt 1] b", "[chunk 3, attempt 2] c",
    ]  # fmt: skip
    assert len(logs(str(job.id), "--execution", str(chunk.id))) == 1


def test_json_has_all_that_the_api_has(job: Job) -> None:
    lines = [json.loads(line) for line in logs(str(job.id), "--json")]
    assert [(line["text"], line["level"], line["attempt"]) for line in lines] == [
        ("a", "info", 1), ("b", "error", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("arguments", [[NOWHERE], ["nonsense"], [NOWHERE, "--execution", "x"]])
def test_what_there_is_not(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        logs(*arguments)


@pytest.fixture(scope="module")
def platform(
    make_platform: Callable[..., AbstractContextManager[Platform]],
) -> Iterator[Platform]:
    with make_platform() as platform:
        yield platform


def test_it_follows_until_the_end_and_is_quiet_about_an_interrupt(platform: Platform) -> None:
    id_ = platform.client.submit_one("noop")
    platform.database.query(
        """
        INSERT INTO executors_execution (id, job_id, kind, state, attempt, started_at)
        VALUES (%(id)s, %(id)s, 'whole', 'running', 1, now())
        """,
        {"id": id_},
    )
    command = (sys.executable, "manage.py", "logs", "-f", id_)
    followers = [platform.process(name, *command) for name in ("patient", "impatient")]
    for text in ("a", "b"):
        _say(platform, id_, text)
        for follower in followers:
            wait_until(lambda f=follower, t=text: f"INFO     {t}\n" in f.said(), what="it says it")
    followers[1]._guarded.send(signal.SIGINT)
    assert followers[1].wait() == 130
    assert "Traceback" not in followers[1].said()
    assert followers[0].is_running()
    _say(platform, id_, "c")
    platform.client.cancel(id_)
    assert followers[0].wait() == 0
    assert [line[-1] for line in followers[0].said().splitlines()] == ["a", "b", "c"]


def _say(platform: Platform, id_: str, text: str) -> Any:
    with platform.database.transaction(cursor_factory=None) as cursor:
        store.append(cursor, id_, [Line(text)])
