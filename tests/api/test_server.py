"""The API over real HTTP: what depends on the server, and a job from end to end."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from jobs.api import shapes
from tests.api.client import ADD
from tests.support.database import ROOT
from tests.support.platform import Platform
from tests.support.waiting import wait_until

REQUEST_LIMIT = 3_000_000
ARTIFACT_LIMIT = 2_000_000


@dataclass
class Server:
    """A running web process, and an operator's token for it."""

    platform: Platform
    url: str
    token: str

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Token {self.token}"} | options.pop("headers", {})
        return requests.request(
            method, f"{self.url}/api/v1/{path}", headers=headers, timeout=120, **options
        )

    def announce(self, path: str, *headers: str, body: bytes = b"") -> tuple[int, str]:
        """Sends a request's head and `body`, which may be less than announced; the answer."""
        address = urlsplit(self.url)
        head = [
            f"POST {path} HTTP/1.1", f"Host: {address.netloc}", "Connection: close",
            f"Authorization: Token {self.token}", *headers, "", "",
        ]  # fmt: skip
        with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
            connection.sendall("\r\n".join(head).encode("latin1") + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]


@pytest.fixture(scope="module")
def server(make_platform: Callable[..., AbstractContextManager[Platform]]) -> Iterator[Server]:
    limits = {"REQUEST_MAX_BYTES": REQUEST_LIMIT, "ARTIFACT_MAX_BYTES": ARTIFACT_LIMIT}
    with make_platform(**{name: str(limit) for name, limit in limits.items()}) as platform:
        command = [sys.executable, "manage.py", "token", "--role", "operator", "--name", "ci"]
        token = subprocess.run(
            command, cwd=ROOT, env=platform.environment, check=True, capture_output=True, text=True
        ).stdout.strip()
        yield Server(platform, platform.web(), token)


def jobs(server: Server) -> int:
    return server.platform.database.one("SELECT count(*) FROM jobs_job")


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/jobs/bulk", "/jobs"])
def test_a_large_body_is_refused_before_it_is_sent(server: Server, path: str) -> None:
    status, body = server.announce(
        path, "Content-Type: application/json", f"Content-Length: {REQUEST_LIMIT + 1}"
    )
    assert (status, f"{REQUEST_LIMIT} bytes" in body) == (413, True)


def test_a_large_file_is_refused_before_it_is_sent(server: Server) -> None:
    status, body = server.announce(
        "/api/v1/artifacts",
        "Content-Type: multipart/form-data; boundary=x",
        f"Content-Length: {ARTIFACT_LIMIT * 2}",
    )
    assert status == 413, body


def test_a_large_body_that_is_sent_all_the_same(server: Server) -> None:
    before = jobs(server)
    answer = server.send("POST", "jobs", data=b" " * (REQUEST_LIMIT + 1), headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert jobs(server) == before


def test_a_body_at_the_limit_is_read(server: Server) -> None:
    body = b'{"type": "add_numbers", "payload": {"a": 1, "b": 2}}'.ljust(REQUEST_LIMIT)
    assert server.send("POST", "jobs", data=body, headers=JSON).status_code == 201


def test_a_chunked_body_is_refused(server: Server) -> None:
    answer = server.send("POST", "jobs", data=iter([b"{}"]), headers=JSON)
    assert (answer.status_code, answer.json()["status"]) == (411, 411)


def test_a_file_over_the_limit_is_not_kept(server: Server) -> None:
    file = ("a.bin", b"x" * (ARTIFACT_LIMIT + 1))
    assert server.send("POST", "artifacts", files={"file": file}).status_code == 413
    assert server.platform.database.one("SELECT count(*) FROM jobs_artifact") == 0


def test_a_file_at_the_limit_comes_back(server: Server) -> None:
    content = bytes(range(250)) * (ARTIFACT_LIMIT // 250)
    sent = server.send("POST", "artifacts", files={"file": ("ä.bin", content)})
    assert (sent.status_code, sent.json()["name"]) == (201, "ä.bin")
    path = f"artifacts/{sent.json()['id']}/content"
    assert server.send("GET", path).content == content
    assert server.send("HEAD", path).headers["Content-Length"] == str(ARTIFACT_LIMIT)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"type": NaN}', b"[" * 10_000])
def test_what_is_not_json(server: Server, body: bytes) -> None:
    answer = server.send("POST", "jobs", data=body, headers=JSON)
    assert (answer.status_code, answer.json()["title"]) == (400, "Not JSON")


@pytest.mark.parametrize("query", ["name=%ff%00", "name=\u00e4", "%00=1", "status=%F0%9F%98%80"])
def test_strange_bytes_in_the_query(server: Server, query: str) -> None:
    answer = server.send("GET", f"jobs?{query}")
    assert answer.status_code in {200, 400}


def test_nobody_comes_in_without_a_token(server: Server) -> None:
    answer = requests.post(f"{server.url}/api/v1/jobs", json=ADD, timeout=60)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Token")


def test_a_unique_key_makes_one_job_of_many_requests(server: Server) -> None:
    body = ADD | {"unique_key": "one"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: server.send("POST", "jobs", json=body), range(24)))
    assert sorted(answer.status_code for answer in answers) == [200] * 23 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_ten_thousand_jobs_in_one_request(server: Server) -> None:
    before = jobs(server)
    body = {"jobs": [ADD | {"name": f"n{i}"} for i in range(10_000)]}
    ids = server.send("POST", "jobs/bulk", json=body).json()["ids"]
    assert len(set(ids)) == 10_000
    assert jobs(server) == before + 10_000
    assert server.send("GET", f"jobs/{ids[-1]}").json()["name"] == "n9999"


def test_a_job_from_end_to_end(server: Server) -> None:
    server.platform.database.query("DELETE FROM jobs_job")
    server.platform.dispatcher()
    server.platform.worker("w1", slots=3, pool="threads")
    sent = server.send("POST", "jobs", json=ADD | {"priority": 9})
    path = f"jobs/{sent.json()['id']}"
    wait_until(lambda: server.send("GET", path).json()["status"] == "completed")
    job = shapes.Job.model_validate_json(server.send("GET", path).content)
    assert (job.result, job.executor, job.attempt, job.error) == ({"sum": 3}, "w1", 1, None)
    assert job.created_at <= job.started_at <= job.completed_at
    assert job.total_time >= job.execution_time >= 0
    assert job.queue_time >= 0
    [execution] = server.send("GET", f"{path}/executions").json()["results"]
    assert (execution["executor"], execution["state"]) == ("w1", "completed")
    server.platform.wait_until(lambda: not server.platform.held_by("w1"), what="w1 is at rest")
    [executor] = server.send("GET", "executors").json()["results"]
    assert (executor["name"], executor["slots"], executor["slots_used"]) == ("w1", 3, 0)
    assert server.send("POST", f"{path}/cancel").status_code == 409
    again = server.send("POST", f"{path}/retry")
    assert (again.status_code, again.json()["retry_of"]) == (201, str(job.id))


JSON = {"Content-Type": "application/json"}
