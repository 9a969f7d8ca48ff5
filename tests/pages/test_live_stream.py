"""The live stream of a real web process, which it outlives."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from jobs.ids import uuid7
from tests.support.platform import Platform
from tests.support.streams import LIMIT, Event, Stream
from tests.support.waiting import wait_until

STREAMS_MAX = 12
"""More than all tests open before the one of as many as may be: some may not have left yet."""


@dataclass
class Server:
    """A web process, and jobs that a test makes."""

    platform: Platform
    url: str
    token: str

    def live(self, *topics: str) -> str:
        return f"{self.url}/ui/live?topics={' '.join(topics)}"

    def job(self) -> str:
        return self.platform.client.submit_one("noop")

    def set_priority(self, id_: str, priority: int) -> None:
        statement = "UPDATE jobs_job SET priority = %s WHERE id = %s"
        self.platform.database.query(statement, [priority, id_])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.token}"}

    def ask(self, *topics: str) -> requests.Response:
        """The beginning of the answer to one who asks for a stream."""
        return requests.get(self.live(*topics), headers=self.headers, stream=True, timeout=LIMIT)

    @contextmanager
    def watch(self, *topics: str) -> Iterator[Stream]:
        """A stream, as soon as those that have left are known to, and make room."""
        with ExitStack() as asked:

            def welcome() -> Stream | None:
                answer = asked.enter_context(self.ask(*topics))
                return Stream(answer) if answer.status_code == 200 else None

            yield wait_until(welcome, what="there is room for a stream")


@pytest.fixture(scope="module")
def server(make_platform: Callable[..., AbstractContextManager[Platform]]) -> Iterator[Server]:
    with make_platform(LIVE_STREAMS_MAX=str(STREAMS_MAX)) as platform:
        token = platform.manage("token", "--role", "viewer", "--name", "reader")
        yield Server(platform, platform.web(), token)


def first(stream: Stream) -> dict[str, Any]:
    """The data of a stream's first event, which is a snapshot."""
    [event] = stream.take(1)
    assert event.kind == "snapshot"
    return event.data["data"]


def next_change(stream: Stream) -> Event:
    [event] = stream.take(1)
    assert event.kind == "change"
    return event


def test_all_at_first_then_what_changes(server: Server) -> None:
    job = server.job()
    topic = f"job:{job}"
    with server.watch(topic) as stream:
        assert first(stream)["priority"] == 5
        server.set_priority(job, 7)
        assert next_change(stream).data == {"topic": topic, "set": {"priority": 7}, "gone": []}
        server.platform.database.query("DELETE FROM jobs_job WHERE id = %s", [job])
        change = next_change(stream).data
        assert (change["set"], "priority" in change["gone"]) == ({}, True)


def test_all_who_watch_are_told_the_same(server: Server) -> None:
    job = server.job()
    topic = f"jobs:{job}"
    with ExitStack() as streams:
        opened = [streams.enter_context(server.watch(topic)) for _ in range(3)]
        assert [set(first(stream)) for stream in opened] == [{job, "newer"}] * 3
        server.set_priority(job, 9)
        changes = [next_change(stream).data for stream in opened]
        assert changes[0]["set"][job]["priority"] == 9
        assert changes == [changes[0]] * 3


def test_who_comes_later_is_told_all_of_it(server: Server) -> None:
    job = server.job()
    topic = f"job:{job}"
    with server.watch(topic) as early:
        first(early)
        server.set_priority(job, 3)
        next_change(early)
        with server.watch(topic, "executors") as late:
            told = {event.data["topic"]: event for event in late.take(2)}
        assert {event.kind for event in told.values()} == {"snapshot"}
        assert told[topic].data["data"]["priority"] == 3


def test_a_session_of_a_person_is_enough(server: Server) -> None:
    server.platform.manage(
        "shell", "-c",
        "from django.contrib.auth.models import *; "
        "u = User.objects.create_user('ada', password='correct horse battery'); "
        "u.groups.add(Group.objects.get(name='viewer'))",
    )  # fmt: skip
    with requests.Session() as session:
        session.get(f"{server.url}/ui/login")
        form = {
            "username": "ada", "password": "correct horse battery",
            "csrfmiddlewaretoken": session.cookies["csrftoken"],
        }  # fmt: skip
        assert (
            session.post(f"{server.url}/ui/login", form, allow_redirects=False).status_code == 302
        )
        with session.get(server.live("executors"), stream=True, timeout=LIMIT) as answer:
            assert answer.status_code == 200
            assert first(Stream(answer)) == {}


def test_refusals_are_those_of_the_page(server: Server) -> None:
    answers = {
        "nobody": requests.get(server.live("executors"), timeout=LIMIT),
        "nonsense": requests.get(server.live("<b>"), headers=server.headers, timeout=LIMIT),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "nobody": 401, "nonsense": 400,
    }  # fmt: skip
    for answer in answers.values():
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_who_reads_nothing_holds_nobody_up(server: Server) -> None:
    jobs = [server.job() for _ in range(100)]
    topic = f"jobs:{','.join(jobs)}"
    address = urlsplit(server.url)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((address.hostname, address.port))
        head = [
            f"GET /ui/live?topics={topic} HTTP/1.1", f"Host: {address.netloc}",
            f"Authorization: Token {server.token}", "", "",
        ]  # fmt: skip
        deaf.sendall("\r\n".join(head).encode())
        assert deaf.recv(12) == b"HTTP/1.1 200"
        with server.watch(topic) as stream:
            first(stream)
            server.set_priority(jobs[0], 1)
            assert next_change(stream).data["set"][jobs[0]]["priority"] == 1


def test_streams_go_on_when_the_database_is_back(server: Server) -> None:
    job = server.job()
    with server.watch(f"job:{job}") as stream:
        first(stream)
        server.platform.database.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'web'
            """
        )
        server.set_priority(job, 8)
        assert next_change(stream).data["set"] == {"priority": 8}


def test_no_more_streams_than_may_be(server: Server) -> None:
    with ExitStack() as streams:
        opened = [streams.enter_context(server.watch("executors")) for _ in range(STREAMS_MAX)]
        assert [first(stream) for stream in opened] == [{}] * STREAMS_MAX
        with server.ask("executors") as refused:
            assert (refused.status_code, refused.headers.get("Retry-After")) == (503, "10")
            assert "poll" in refused.json()["detail"]
        polled = requests.get(
            f"{server.url}/ui/live/poll?topics=executors", headers=server.headers, timeout=LIMIT
        )
        assert polled.json() == {"topics": {"executors": {}}}
    with server.watch("executors") as stream:
        assert first(stream) == {}


def test_streams_end_with_the_server(server: Server) -> None:
    web = server.platform.processes["web"]
    with server.watch(f"job:{uuid7()}") as stream:
        assert first(stream) == {}
        web.terminate()
        assert stream.rest() == []
    assert web.wait() in {0, 128 + 15}
    assert "timeout graceful shutdown exceeded" not in web.said()
    assert "Traceback" not in web.said()
    server.url = server.platform.web()
