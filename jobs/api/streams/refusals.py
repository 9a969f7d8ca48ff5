"""How a stream is refused that Django itself would answer."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from jobs.api.schema import PROBLEM_TYPE

RETRY_SECONDS = 10


def too_many(path: str, detail: str) -> list[dict[str, Any]]:
    """The messages of a problem document: this process has all the streams that it may have."""
    body = to_json(
        {
            "type": "urn:celeriac:problem:too_many_streams",
            "title": "Too many streams",
            "status": 503,
            "detail": detail,
            "instance": path,
            "errors": [],
        }
    )
    headers = [
        (b"content-type", PROBLEM_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", str(RETRY_SECONDS).encode()),
    ]
    return [
        {"type": "http.response.start", "status": 503, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]
