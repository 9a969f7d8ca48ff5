"""The HTTP client for strangers' servers: it goes only where it may, and never waits or reads on.

Each call has a connection of its own. One kept from before may be closed by the other side just
as it is used, and nobody could tell whether what was sent then has arrived.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin

import httpcore

from executors.gateway.addresses import PORTS, Allowed, check_url
from executors.gateway.errors import (
    AnswerTooLarge,
    BadAnswer,
    BrokenAnswer,
    NotReached,
    TooLate,
    TooManyRedirects,
)
from executors.gateway.names import Resolve, resolve
from executors.gateway.network import CheckedNetwork
from jobs import jsontext
from jobs.jsontext import NotJson

REDIRECTS = 3
_REDIRECTING = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. The names of its headers are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether its status is 2xx."""
        return 200 <= self.status < 300

    def json_object(self) -> dict[str, object]:
        """The body, which has to be a JSON object. Raises BadAnswer."""
        try:
            value = jsontext.parse(self.body)
        except NotJson:
            raise BadAnswer(f"Its answer is not JSON: {self.excerpt()}") from None
        if not isinstance(value, dict):
            raise BadAnswer(f"Its answer is not a JSON object: {self.excerpt()}")
        return value

    def excerpt(self) -> str:
        """The beginning of the body, for messages."""
        text = self.body[:200].decode("utf-8", "replace")
        return " ".join(text.replace("\0", " ").split()) or "nothing"


class _Progress:
    """How far a call has come: whether the other side may have got it."""

    sent = False

    async def note(self, event: str, _info: Mapping[str, object]) -> None:
        """Called by httpcore at each of its steps."""
        if event == "http11.send_request_headers.started":
            self.sent = True


class Http:
    """Makes calls within limits. Every call may raise `HttpError`, and nothing else."""

    def __init__(
        self,
        allowed: Allowed,
        *,
        answer_max_bytes: int,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        group: str = "",
    ) -> None:
        self._allowed = allowed
        self._limit = answer_max_bytes
        self._resolve = resolve
        self._network = CheckedNetwork(allowed, resolve, group)
        self._tls = tls or httpcore.default_ssl_context()

    def of(self, group: str) -> Http:
        """The same for calls to a group of executors, which share their lookups of names."""
        return Http(
            self._allowed,
            answer_max_bytes=self._limit,
            resolve=self._resolve,
            tls=self._tls,
            group=group,
        )

    async def get(
        self, url: str, *, seconds: float, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Gets the answer within `seconds` in all, following a few redirects.

        Headers are not sent on to where a redirect leads.
        """

        async def follow(progress: _Progress) -> Response:
            place, its_headers = url, dict(headers or {})
            for _ in range(REDIRECTS + 1):
                response = await self._exchange("GET", place, None, its_headers, progress)
                location = response.headers.get("location")
                if response.status not in _REDIRECTING or not location:
                    return response
                place, its_headers = _joined(place, location), {}
            raise TooManyRedirects(sent=True, limit=REDIRECTS)

        return await _within(seconds, follow)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        seconds: float,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Posts JSON and gets the answer within `seconds` in all. Redirects are not followed."""
        headers = {"content-type": "application/json", **(headers or {})}

        async def post(progress: _Progress) -> Response:
            return await self._exchange("POST", url, body, headers, progress)

        return await _within(seconds, post)

    async def _exchange(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        progress: _Progress,
    ) -> Response:
        """One request and its answer on a connection of their own."""
        parts = check_url(url, self._allowed)
        request = httpcore.Request(
            method,
            _as_httpcore(parts),
            headers=_headers(parts, body, headers),
            content=body,
            extensions={"trace": progress.note},
        )
        connection = httpcore.AsyncHTTPConnection(
            request.url.origin, ssl_context=self._tls, network_backend=self._network
        )
        try:
            return await self._read(await connection.handle_async_request(request))
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise NotReached(reason=_reason(error)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise BrokenAnswer(sent=progress.sent, reason=_reason(error)) from None
        finally:
            await connection.aclose()

    async def _read(self, response: httpcore.Response) -> Response:
        body = bytearray()
        async for piece in response.aiter_stream():
            body += piece
            if len(body) > self._limit:
                raise AnswerTooLarge(sent=True, limit=self._limit)
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        return Response(response.status, headers, bytes(body))


async def _within(seconds: float, work: Callable[[_Progress], Awaitable[Response]]) -> Response:
    progress = _Progress()
    try:
        async with asyncio.timeout(seconds):
            return await work(progress)
    except TimeoutError:
        raise TooLate(sent=progress.sent, seconds=seconds) from None


def _joined(place: str, location: str) -> str:
    try:
        return urljoin(place, location)
    except ValueError as error:
        raise BadAnswer(f"It redirected to {location[:200]!r}: {error}.") from None


def _as_httpcore(parts: SplitResult) -> httpcore.URL:
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return httpcore.URL(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        target=path,
    )


def _headers(
    parts: SplitResult, body: bytes | None, more: Mapping[str, str]
) -> list[tuple[str, str]]:
    headers = {
        "host": parts.netloc,
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
        "user-agent": "Celeriac",
        **more,
    }
    if body is not None:
        headers["content-length"] = str(len(body))
    return list(headers.items())


def _reason(error: BaseException) -> str:
    """What the system said first: what is raised last says only that it failed."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__
