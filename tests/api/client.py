"""A client of the API that speaks through Django's handler, as one role."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from jobs.tokens import issue_token

ADD = {"type": "add_numbers", "payload": {"a": 1, "b": 2}}
NOWHERE = "01a1ff78-112b-7fed-b332-34bf10b64f0f"
"""The id of nothing."""


class Api:
    """Sends JSON with a token; errors in views are answers, not exceptions."""

    def __init__(self, role: str, name: str = "", group: str | None = None) -> None:
        self.name = name or f"a {role}"
        self.token = issue_token(self.name, role, group=group)
        self.client = Client(
            raise_request_exception=False, headers={"Authorization": f"Token {self.token}"}
        )

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.client.get(_full(path), query)

    def post(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self._send("post", path, body, **options)

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self._send("patch", path, body)

    def put(self, path: str, body: Any) -> HttpResponse:
        return self._send("put", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.client.delete(_full(path))

    def _send(self, method: str, path: str, body: Any, **options: Any) -> HttpResponse:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        send = getattr(self.client, method)
        return send(_full(path), data, content_type="application/json", **options)

    def submit(self, **fields: Any) -> dict[str, Any]:
        answer = self.post("jobs", ADD | fields)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def pages(self, path: str, **query: Any) -> list[list[dict[str, Any]]]:
        """All pages of a list, by following `next`."""
        found = []
        answer = self.get(path, **query).json()
        while True:
            found.append(answer["results"])
            if not answer["next"]:
                return found
            answer = self.client.get(answer["next"]).json()


def problem(answer: HttpResponse, status: int) -> dict[str, Any]:
    """The problem document in an answer, which must be a whole one."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert set(body) == {"type", "title", "status", "detail", "instance", "errors"}
    assert body["status"] == status
    assert body["detail"]
    return body


def fields(answer: HttpResponse, status: int = 400) -> dict[str, str]:
    """What is wrong by field: its code."""
    return {error["field"]: error["code"] for error in problem(answer, status)["errors"]}


def _full(path: str) -> str:
    return path if path.startswith("/") else f"/api/v1/{path}"
