"""The HTTP server that Celeriac calls: /execute, /cancel and /health."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

logger = logging.getLogger("executor_client")

Answer = tuple[HTTPStatus, dict[str, Any]]
Endpoint = Callable[[dict[str, Any]], Answer]
LARGEST = 4 * 1024 * 1024
"""Bytes of a request's body, at most."""


class Server(ThreadingHTTPServer):
    """Answers POSTs by `endpoints`, if `is_genuine(headers, body)`, and any GET by `health`."""

    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        endpoints: dict[str, Endpoint],
        health: Callable[[], Answer],
        is_genuine: Callable[[Any, bytes], bool],
    ) -> None:
        self.endpoints = endpoints
        self.health = health
        self.is_genuine = is_genuine
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Whether the executor is well."""
        self._answer(*self.server.health())

    def do_POST(self) -> None:
        """A call of Celeriac."""
        length = self.headers.get("Content-Length", "")
        # Few digits: thousands of them make no int.
        if not re.fullmatch("[0-9]{1,12}", length) or int(length) > LARGEST:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "The body is too large."})
            return
        body = self.rfile.read(int(length))
        self._answer(*self._respond(body))

    def _respond(self, body: bytes) -> Answer:
        endpoint = self.server.endpoints.get(self.path)
        if endpoint is None:
            return HTTPStatus.NOT_FOUND, {"error": "There is /execute, /cancel and /health."}
        if not self.server.is_genuine(self.headers, body):
            return HTTPStatus.FORBIDDEN, {"error": "The signature is wrong or too old."}
        try:
            return endpoint(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            return HTTPStatus.BAD_REQUEST, {"error": f"The body makes no sense: {error!r}"}

    def _answer(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, template: str, *args: Any) -> None:
        """To the log instead of standard error."""
        logger.debug(template, *args)
