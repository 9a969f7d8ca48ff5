"""The client meets servers that mean it no good: a bounded wait, and an error that says what."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from executors.gateway.addresses import Allowed
from executors.gateway.errors import (
    AddressRefused,
    AnswerTooLarge,
    BadAnswer,
    BrokenAnswer,
    HttpError,
    NotReached,
    TooLate,
    TooManyRedirects,
)
from executors.gateway.http import Http, Response
from tests.support.local_server import Exchange, LocalServer
from tests.support.passing_time import PassingTime

T = TypeVar("T")

LOOPBACK = Allowed(loopback=True)
LIMIT = 64 * 1024
SECONDS = 10.0
"""For a call, unless a test says something else."""


def client(allowed: Allowed = LOOPBACK, **options: Any) -> Http:
    return Http(allowed, answer_max_bytes=LIMIT, **options)


def run(work: Coroutine[Any, Any, T], loop: PassingTime | None = None) -> T:
    """Bounded, whatever the client does: a test that hangs is a test that fails."""
    return (loop or PassingTime()).run(asyncio.wait_for(work, 10 * SECONDS))


def get(url: str, http: Http | None = None) -> Response:
    return run((http or client()).get(url, seconds=SECONDS))


def post(
    url: str,
    http: Http | None = None,
    seconds: float = SECONDS,
    loop: PassingTime | None = None,
) -> Response:
    return run((http or client()).post(url, b"{}", seconds=seconds), loop)


def failure(url: str, kind: type[HttpError], **options: Any) -> HttpError:
    with pytest.raises(kind) as caught:
        post(url, **options)
    return caught.value


def test_an_answer_comes_whole() -> None:
    async def behaviour(it: Exchange) -> None:
        await it.answer(201, {"n": 1}, X_Note="here")

    with LocalServer(behaviour) as server:
        answer = post(server.url + "/a?b=c")

    (seen,) = server.exchanges
    assert (answer.status, answer.json_object()) == (201, {"n": 1})
    assert answer.headers["x-note"] == "here"
    assert (seen.method, seen.path, seen.body) == ("POST", "/a?b=c", b"{}")
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"
    assert seen.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"."),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: of it\r\n"),
        (b"", b""),
    ],
    ids=["trickles", "trickles headers", "says nothing"],
)
def test_a_slow_answer_is_given_up_at_the_deadline(beginning: bytes, piece: bytes) -> None:
    loop = PassingTime()

    async def behaviour(it: Exchange) -> None:
        await it.send(beginning)
        while True:
            await it.send(piece)
            await asyncio.sleep(0.02)
            loop.let_pass(SECONDS / 10)

    with LocalServer(behaviour) as server:
        error = failure(server.url, TooLate, loop=loop)

    assert error.sent
    assert f"{SECONDS:g} s" in str(error)


async def flood(it: Exchange) -> None:
    await it.send(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
    for _ in range(1600):
        await it.send(b"x" * 65536)


async def flood_in_chunks(it: Exchange) -> None:
    await it.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(1600):
        await it.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")


async def flood_headers(it: Exchange) -> None:
    await it.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        await it.send(f"X-{number}: {'x' * 1000}\r\n".encode())


@pytest.mark.parametrize("behaviour", [flood, flood_in_chunks])
def test_a_hundred_megabytes_are_not_read(behaviour: Any) -> None:
    with LocalServer(behaviour) as server:
        error = failure(server.url, AnswerTooLarge)

    assert error.sent
    assert str(LIMIT) in str(error)


def test_headers_without_end_are_not_read() -> None:
    with LocalServer(flood_headers) as server:
        assert failure(server.url, BrokenAnswer).sent


async def break_off(it: Exchange) -> None:
    await it.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status":')


async def hang_up(it: Exchange) -> None:
    it.writer.transport.abort()


async def talk_nonsense(it: Exchange) -> None:
    await it.send(b"220 mail.example.com ESMTP ready\r\n")


@pytest.mark.parametrize("behaviour", [break_off, hang_up, talk_nonsense])
def test_a_broken_answer_is_one_that_may_have_had_an_effect(behaviour: Any) -> None:
    with LocalServer(behaviour) as server:
        assert failure(server.url, BrokenAnswer).sent


def test_a_refused_connection_has_had_no_effect() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        error = failure(url, NotReached)

    assert not error.sent
    assert "refused" in str(error).lower()


def test_a_connection_that_nobody_takes_ends_at_the_deadline_and_was_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        error = failure(f"http://127.0.0.1:{port}/", TooLate, seconds=0.5)
        for one in waiting:
            one.close()

    assert not error.sent


def test_a_name_that_is_not_known() -> None:
    async def unknown(_host: str, _group: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    error = failure("http://a.example/", NotReached, http=client(resolve=unknown))

    assert not error.sent
    assert "not known" in str(error)


def test_redirects_are_followed_a_few_times() -> None:
    async def behaviour(it: Exchange) -> None:
        if it.path == "/there":
            await it.answer(200, b"here")
        else:
            await it.answer(302, Location="/there")

    with LocalServer(behaviour) as server:
        assert get(server.url + "/health").body == b"here"


def test_redirects_in_a_circle_end() -> None:
    async def behaviour(it: Exchange) -> None:
        await it.answer(302, Location="/b" if it.path == "/a" else "/a")

    with LocalServer(behaviour) as server, pytest.raises(TooManyRedirects):
        get(server.url + "/a")

    assert len(server.exchanges) == 4


def test_a_call_is_never_redirected() -> None:
    async def behaviour(it: Exchange) -> None:
        await it.answer(307, Location="/elsewhere")

    with LocalServer(behaviour) as server:
        assert post(server.url + "/execute").status == 307

    assert server.paths() == ["/execute"]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("http://10.0.0.1/", "private"),
        ("http://[fd00:ec2::254]/", "metadata"),
        ("http://0xa9fea9fe/", "metadata"),
        ("file:///etc/passwd", "only http"),
        ("http://root:root@127.0.0.1/", "credentials"),
    ],
)
def test_a_redirect_leads_nowhere_that_is_refused(location: str, reason: str) -> None:
    async def behaviour(it: Exchange) -> None:
        await it.answer(302, Location=location)

    with LocalServer(behaviour) as server, pytest.raises(AddressRefused, match=reason):
        get(server.url)


@pytest.mark.parametrize("location", ["http://[", "http://[::1]x/", "//[v1.a"])
def test_a_redirect_to_what_is_no_url(location: str) -> None:
    async def behaviour(it: Exchange) -> None:
        await it.answer(302, Location=location)

    with LocalServer(behaviour) as server, pytest.raises(HttpError) as caught:
        get(server.url)
    assert not isinstance(caught.value, TooLate)


def test_what_a_redirect_is_sent_carries_no_headers_of_the_first() -> None:
    async def behaviour(it: Exchange) -> None:
        if it.path == "/there":
            await it.answer(200)
        else:
            await it.answer(302, Location="/there")

    with LocalServer(behaviour) as server:
        run(client().get(server.url, seconds=SECONDS, headers={"x-secret": "s"}))

    first, second = server.exchanges
    assert first.headers["x-secret"] == "s"
    assert "x-secret" not in second.headers


@pytest.mark.parametrize("address", ["169.254.169.254", "10.1.2.3", "::ffff:10.1.2.3", "fe80::1"])
def test_a_name_that_resolves_to_a_refused_address_is_not_called(address: str) -> None:
    async def resolve(_host: str, _group: str) -> list[str]:
        return [address]

    error = failure("http://a.example/", AddressRefused, http=client(resolve=resolve))

    assert not error.sent
    assert address in str(error)


def test_one_refused_address_spoils_the_name() -> None:
    async def resolve(_host: str, _group: str) -> list[str]:
        return ["127.0.0.1", "10.1.2.3"]

    failure("http://a.example/", AddressRefused, http=client(resolve=resolve))


def test_a_name_is_resolved_once_and_what_was_checked_is_called() -> None:
    """A name server that says something harmless first, and something else the next time."""
    said = []

    async def resolve(host: str, _group: str) -> list[str]:
        said.append(host)
        return ["127.0.0.1"] if len(said) == 1 else ["169.254.169.254"]

    async def behaviour(it: Exchange) -> None:
        await it.answer(200, b"reached")

    with LocalServer(behaviour) as server:
        http = client(resolve=resolve)
        url = f"http://a.example:{server.port}/"
        assert post(url, http).body == b"reached"
        failure(url, AddressRefused, http=http)

    assert said == ["a.example", "a.example"]
    assert server.exchanges[0].headers["host"] == f"a.example:{server.port}"


def test_the_next_address_of_a_name_is_tried() -> None:
    async def resolve(_host: str, _group: str) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async def behaviour(it: Exchange) -> None:
        await it.answer(200)

    with LocalServer(behaviour) as server:
        assert post(f"http://a.example:{server.port}/", client(resolve=resolve)).status == 200


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[1]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"a":NaN}']
)
def test_garbage_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        Response(200, {}, body).json_object()
    assert caught.value.sent
    assert len(str(caught.value)) < 300


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of executor.test with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=executor.test", "-addext", "subjectAltName=DNS:executor.test"),
            *("-keyout", str(path), "-out", str(path.with_suffix(".crt"))),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


def test_tls_goes_by_the_name_though_the_connection_goes_to_an_address(certificate: Path) -> None:
    async def resolve(_host: str, _group: str) -> list[str]:
        return ["127.0.0.1"]

    async def behaviour(it: Exchange) -> None:
        await it.answer(200, b"safely")

    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(certificate)
    ours = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))
    http = client(resolve=resolve, tls=ours)

    with LocalServer(behaviour, ssl=theirs) as server:
        assert post(f"https://executor.test:{server.port}/", http).body == b"safely"
        error = failure(f"https://other.test:{server.port}/", NotReached, http=http)
        assert not error.sent
        assert "certificate" in str(error)
        assert not failure(f"https://executor.test:{server.port}/", NotReached,
                           http=client(resolve=resolve)).sent  # fmt: skip
