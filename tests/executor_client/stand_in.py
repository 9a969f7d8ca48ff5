"""A server that answers an executor as Celeriac would, remembers all, and can be away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from executor_client import signing
from tests.support.ports import own_port

SECRET = "a-secret"
ID = "00000000-0000-7000-8000-000000000001"


class StandIn(ThreadingHTTPServer):
    """`calls` is (method, path, body) of each request; `statuses` scripts answers by path."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.statuses: dict[str, list[int]] = {}
        self.cancel: list[str] = []
        super().__init__(("127.0.0.1", port or own_port()), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """The bodies of the requests for a path, as they came."""
        return [body for _, called, body in self.calls if called == path]

    def close(self) -> None:
        """From now on connections are refused."""
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(raw)
        if self.path.startswith("/callback"):
            body["signed"] = signing.is_genuine(
                SECRET, self.headers, raw, float(self.headers["X-Celeriac-Timestamp"])
            )
        status = (self.server.statuses.get(self.path) or [200]).pop(0)
        self.server.calls.append((self.command, self.path, body))
        answer = json.dumps(self._answer()).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_PATCH(self) -> None:
        self.do_POST()

    def _answer(self) -> dict[str, Any]:
        if self.path.endswith("/register"):
            return {"id": ID, "secret": SECRET}
        if self.path.endswith("/heartbeat"):
            return {"cancel": self.server.cancel, "status": "online"}
        return {"accepted": True}

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def stand_in(port: int = 0) -> Iterator[StandIn]:
    """A server for as long as the block lasts."""
    server = StandIn(port)
    try:
        yield server
    finally:
        server.close()
