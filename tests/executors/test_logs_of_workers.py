"""Logs of jobs that run in real workers of both pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.platform import Platform
from tests.support.process import Process
from tests.support.streams import open_stream

LIMIT = 50_000


@pytest.fixture(scope="module")
def platform(
    make_platform: Callable[..., AbstractContextManager[Platform]],
) -> Iterator[Platform]:
    with make_platform(LOG_MAX_BYTES=str(LIMIT)) as platform:
        platform.dispatcher()
        yield platform


@pytest.fixture(scope="module", params=["prefork", "threads"])
def worker(request: pytest.FixtureRequest, platform: Platform) -> Iterator[Process]:
    yield platform.worker(request.param, slots=2, pool=request.param)
    platform.retire(request.param)


@pytest.fixture(scope="module")
def url(platform: Platform) -> str:
    return platform.web()


@pytest.fixture(scope="module")
def token(platform: Platform) -> str:
    return platform.manage("token", "--role", "viewer", "--name", "reader")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    gate = tmp_path / "gate"
    yield gate
    gate.touch()


def said(platform: Platform, id_: str) -> list[tuple[str, str]]:
    rows = platform.database.query(
        "SELECT stream, text FROM executors_logline WHERE job_id = %s ORDER BY number", [id_]
    )
    return [(row["stream"], row["text"]) for row in rows]


def spoken(word: str) -> list[tuple[str, str]]:
    return [
        ("logger", f"{word} by the logger"), ("logger", f"{word} by a library"),
        ("logger", f"{word} by a closed library"), ("stdout", f"{word} printed"),
        ("stderr", f"{word} complained"), ("stdout", f"{word} by a thread"),
        ("stdout", f"{word} by asyncio"),
    ]  # fmt: skip


def test_jobs_that_run_at_once_are_told_apart_while_they_last(
    platform: Platform, worker: Process, gate: Path
) -> None:
    words = ["one", "two"]
    ids = platform.client.submit("speak", *({"word": w, "gate": str(gate)} for w in words))
    for id_, word in zip(ids, words, strict=True):
        platform.wait_until(lambda i=id_, w=word: said(platform, i) == spoken(w), what=word)
    assert platform.client.statuses(ids) == {"running": 2}
    gate.touch()
    platform.wait_final(*ids)
    for id_, word in zip(ids, words, strict=True):
        assert said(platform, id_) == [*spoken(word), ("stdout", f"{word} unfinished")]
    shown = worker.said()
    for text in ("by the logger", "by a library", "printed", "complained"):
        assert f"one {text}\n" in shown
    assert "not kept" not in shown


def test_chunks_and_attempts_are_told_apart(platform: Platform, worker: Process) -> None:
    platform.service_worker()
    parted = platform.client.submit_one("spoken_chunks", {"words": ["a", "b", "c"]}, chunks=3)
    again = platform.client.submit_one("speak", {"word": "x", "fails": True}, max_attempts=2)
    platform.wait_final(parted, again)
    rows = platform.database.query(
        """
        SELECT kind, chunk, text FROM executors_logline line
          JOIN executors_execution execution ON execution.id = line.execution_id
         WHERE line.job_id = %s ORDER BY chunk
        """,
        [parted],
    )
    assert [tuple(row.values()) for row in rows] == [
        ("chunk", 0, "a"), ("chunk", 1, "b"), ("chunk", 2, "c"), ("combine", None, "together"),
    ]  # fmt: skip
    whole = [*spoken("x"), ("stdout", "x unfinished")]
    assert said(platform, again) == whole * 2
    platform.retire("service")


def test_a_log_outlives_the_loss_of_the_database(
    platform: Platform, worker: Process, gate: Path
) -> None:
    id_ = platform.client.submit_one("flood", {"lines": 50, "gate": str(gate)})
    platform.wait_until(lambda: len(said(platform, id_)) == 50)
    platform.database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    more = platform.client.submit_one("speak", {"word": "more"})
    gate.touch()
    platform.wait_final(id_, more)
    assert len(said(platform, id_)) == 50
    assert said(platform, more)[:-1] == spoken("more")


def test_a_flood_is_cut_and_holds_nobody_up(
    platform: Platform, worker: Process, gate: Path
) -> None:
    flood = platform.client.submit_one("flood", {"lines": 20_000, "gate": str(gate)})
    quiet = platform.client.submit_one("echo", {"n": 1})
    platform.wait_final(quiet)
    platform.wait_until(lambda: said(platform, flood), what="it has begun")
    gate.touch()
    platform.wait_final(flood)
    lines = said(platform, flood)
    assert sum(len(text) + 64 for _, text in lines) < LIMIT * 1.1
    assert lines[0][1].startswith("0 x")
    assert lines[-1][1].startswith("19999 x")
    assert [stream for stream, _ in lines].count("note") == 2


def test_what_is_followed_over_http_is_whole_at_the_end(
    platform: Platform, worker: Process, gate: Path, url: str, token: str
) -> None:
    id_ = platform.client.submit_one("speak", {"word": "hey", "gate": str(gate)})
    with open_stream(f"{url}/api/v1/jobs/{id_}/logs", token) as stream:
        live: list[Any] = stream.take(7)
        gate.touch()
        last, end = stream.rest()
    assert [(e.data["stream"], e.data["text"]) for e in live] == spoken("hey")
    assert (last.data["text"], end.kind) == ("hey unfinished", "end")
