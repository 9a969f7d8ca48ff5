"""Celeriac as an executor sees it: the few requests that one makes."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from executor_client import signing

TIMEOUT = 10.0
"""Seconds that Celeriac may take to answer."""
UNREACHABLE = (OSError, http.client.HTTPException)
"""What requests raise when Celeriac is not to be had."""


class Refused(Exception):
    """Celeriac answered with an error: its status, and its problem document as text."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(f"Celeriac answered {status}: {problem}")
        self.status = status

    @property
    def is_final(self) -> bool:
        """Whether the same request would be refused again."""
        return 400 <= self.status < 500 and self.status not in {401, 408, 429}


class Celeriac:
    """Its API at `url`, asked with an API token of the role executor."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def register(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The executor's `id` and `secret`."""
        return self._send("POST", "/api/v1/executors/register", body)

    def heartbeat(self, executor_id: str, executions: list[str]) -> dict[str, Any]:
        """Says that the executor lives and what it works on; `cancel` names what to stop."""
        body = {"executions": executions}
        return self._send("POST", f"/api/v1/executors/{executor_id}/heartbeat", body)

    def set_status(self, executor_id: str, status: str) -> None:
        """`online`, `draining` or `offline`."""
        self._send("PATCH", f"/api/v1/executors/{executor_id}/status", {"status": status})

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Token {self._token}"}
        return send(method, self._url + path, json.dumps(body).encode(), headers)


def call_back(url: str, body: bytes, secret: str) -> dict[str, Any]:
    """Reports on an execution; whether it was `accepted`. Raises `Refused` or `UNREACHABLE`."""
    return send("POST", url, body, signing.sign(secret, body, time.time()))


def send(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The answer's JSON; raises `Refused` or one of `UNREACHABLE`."""
    request = urllib.request.Request(  # noqa: S310  (the operator's own URLs)
        url, body, {"Content-Type": "application/json", **headers}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read() or b"{}")
            return found
    except urllib.error.HTTPError as error:
        with error:
            raise Refused(error.code, error.read(2000).decode(errors="replace")) from None
    except ValueError as error:
        raise ConnectionError(f"{url} did not answer with JSON: {error}") from None
