"""Logs as server-sent events from a real web process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from executors.logs import store
from executors.logs.lines import Level, Line
from tests.api.client import NOWHERE
from tests.support.platform import Platform
from tests.support.streams import Event, open_stream
from tests.support.waiting import wait_until

STREAMS_MAX = 4


@dataclass
class Server:
    """A web process, and jobs that a test makes say something."""

    platform: Platform
    url: str
    token: str

    def job(self) -> str:
        """A running job, whose execution's id is its own; the id of both."""
        id_ = self.platform.client.submit_one("noop")
        self.platform.database.query(
            """
            INSERT INTO executors_execution (id, job_id, kind, state, attempt, started_at)
            VALUES (%s, %s, 'whole', 'running', 1, now())
            """,
            [id_, id_],
        )
        return id_

    def say(self, id_: str, *texts: str, level: Level = Level.INFO) -> None:
        with self.platform.database.transaction(cursor_factory=None) as cursor:
            store.append(cursor, id_, [Line(text, level) for text in texts])

    def end(self, id_: str) -> None:
        """Ends a job."""
        self.platform.database.query(
            """
            UPDATE jobs_job SET status = 'completed', started_at = now(), completed_at = now(),
                                attempt = 1, execution_id = id, executor = 'w1', result = '{}'
             WHERE id = %s
            """,
            [id_],
        )

    def logs(self, id_: str, query: str = "") -> str:
        return f"{self.url}/api/v1/jobs/{id_}/logs{query}"

    def get(self, url: str, **headers: str) -> requests.Response:
        """The answer, and its body where it is a refusal."""
        wanted = {"Authorization": f"Token {self.token}", "Accept": "text/event-stream"} | headers
        with requests.get(url, headers=wanted, stream=True, timeout=60) as answer:
            if answer.status_code != 200:  # or it might never end
                assert answer.content
            return answer


@pytest.fixture(scope="module")
def server(make_platform: Callable[..., AbstractContextManager[Platform]]) -> Iterator[Server]:
    with make_platform(LOG_STREAMS_MAX=str(STREAMS_MAX)) as platform:
        token = platform.manage("token", "--role", "viewer", "--name", "reader")
        yield Server(platform, platform.web(), token)


def texts(events: list[Event]) -> list[str]:
    return [event.data["text"] for event in events]


def test_lines_are_sent_as_they_come_and_then_the_end(server: Server) -> None:
    job = server.job()
    server.say(job, "a", "b")
    with open_stream(server.logs(job), server.token) as stream:
        assert texts(stream.take(2)) == ["a", "b"]
        server.say(job, "c\nd")
        [event] = stream.take(1)
        assert (event.id, event.kind, event.data["text"]) == ("3", "message", "c\nd")
        assert event.data.keys() == {
            "number", "at", "level", "stream", "text", "execution", "kind", "chunk", "attempt"
        }  # fmt: skip
        server.say(job, "e")
        server.end(job)
        *lines, end = stream.rest()
    assert texts(lines) == ["e"]
    assert (end.kind, end.id, end.data) == ("end", "4", {"status": "completed"})


def test_a_log_that_is_complete_is_sent_whole(server: Server) -> None:
    job = server.job()
    said = [f"line {n}" for n in range(2500)]
    server.say(job, *said)
    server.end(job)
    with open_stream(server.logs(job, "?stream=1"), server.token, Accept="*/*") as stream:
        *lines, end = stream.rest()
    assert texts(lines) == said
    assert end.kind == "end"


def test_a_client_that_comes_back_goes_on_where_it_was(server: Server) -> None:
    job = server.job()
    server.say(job, "a", "b", "c")
    server.end(job)
    for query, headers in [("?after=2", {}), ("", {"Last-Event-ID": "2"})]:
        with open_stream(server.logs(job, query), server.token, **headers) as stream:
            assert texts(stream.take(1)) == ["c"]
    with open_stream(server.logs(job), server.token, **{"Last-Event-ID": "3"}) as stream:
        assert [event.kind for event in stream.rest()] == ["end"]


def test_lines_are_narrowed_down(server: Server) -> None:
    job = server.job()
    server.say(job, "a")
    with open_stream(server.logs(job, "?level=error"), server.token) as stream:
        server.say(job, "b", level=Level.ERROR)
        server.say(job, "c")
        server.end(job)
        *lines, end = stream.rest()
    assert texts(lines) == ["b"]
    assert end.id == "3"


def test_refusals_are_those_of_the_page(server: Server) -> None:
    job = server.job()
    answers = {
        "unknown": server.get(server.logs(NOWHERE)),
        "nonsense": server.get(server.logs(job, "?level=loud&limit=0&x=1")),
        "mark": server.get(server.logs(job), **{"Last-Event-ID": "yesterday"}),
        "nobody": server.get(server.logs(job), Authorization="Token nonsense"),
        "executor": server.get(
            server.logs(job),
            Authorization="Token "
            + server.platform.manage("token", "--role", "executor", "--group", "e"),
        ),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "unknown": 404, "nonsense": 400, "mark": 400, "nobody": 401, "executor": 403,
    }  # fmt: skip
    for answer in answers.values():
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    named = {error["field"] for error in answers["nonsense"].json()["errors"]}
    assert named == {"level", "limit", "x"}


def test_no_more_streams_than_may_be(server: Server) -> None:
    job = server.job()
    server.say(job, "a")
    with ExitStack() as streams:
        opened = [
            streams.enter_context(open_stream(server.logs(job), server.token))
            for _ in range(STREAMS_MAX)
        ]
        assert [texts(stream.take(1)) for stream in opened] == [["a"]] * STREAMS_MAX
        refused = server.get(server.logs(job))
        assert (refused.status_code, refused.json()["status"]) == (503, 503)
        assert refused.headers["Retry-After"] == "10"
    # Those that left have made room.
    server.end(job)
    wait_until(lambda: server.get(server.logs(job)).status_code == 200)


def test_a_client_that_never_reads_holds_nobody_up(server: Server, settings: Any) -> None:
    settings.CELERIAC = settings.CELERIAC | {"LOG_MAX_BYTES": 8_000_000}
    job = server.job()
    for _ in range(8):
        server.say(job, *["x" * 10_000] * 80)
    address = urlsplit(server.url)
    head = [
        f"GET /api/v1/jobs/{job}/logs HTTP/1.1", f"Host: {address.netloc}",
        "Accept: text/event-stream", f"Authorization: Token {server.token}", "", "",
    ]  # fmt: skip
    with ExitStack() as asked:

        def is_welcome() -> bool:
            deaf = asked.enter_context(socket.socket())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect((address.hostname, address.port))
            deaf.sendall("\r\n".join(head).encode())
            return deaf.recv(12) == b"HTTP/1.1 200"

        wait_until(is_welcome, what="there is room for a stream")
        with open_stream(server.logs(job), server.token) as stream:
            assert len(stream.take(640)) == 640
            server.say(job, "more")
            assert texts(stream.take(1)) == ["more"]


def test_streams_end_with_the_server(server: Server) -> None:
    job = server.job()
    server.say(job, "a")
    web = server.platform.processes["web"]
    with open_stream(server.logs(job), server.token) as stream:
        assert texts(stream.take(1)) == ["a"]
        web.terminate()
        assert stream.rest() == []
    assert web.wait() in {0, 128 + 15}
    assert "timeout graceful shutdown exceeded" not in web.said()
    assert "Traceback" not in web.said()
    server.url = server.platform.web()


def test_streams_go_on_when_the_database_is_back(server: Server) -> None:
    job = server.job()
    server.say(job, "a")
    with open_stream(server.logs(job), server.token) as stream:
        assert texts(stream.take(1)) == ["a"]
        server.platform.database.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'web'
            """
        )
        server.say(job, "b")
        assert texts(stream.take(1)) == ["b"]
        server.end(job)
        assert [event.kind for event in stream.rest()] == ["end"]
