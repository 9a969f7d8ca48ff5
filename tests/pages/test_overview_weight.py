"""The first page is light: on the wire, with all that a browser loads for it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.pages.test_rollup import end_some, steps

pytestmark = pytest.mark.django_db
MOST = 150_000
"""Bytes on the wire."""


def weigh(client: Client, path: str) -> tuple[int, str]:
    """The bytes of an answer as a browser gets it, and its address as text."""
    answer = client.get(path, headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200, path
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return len(body), answer.headers.get("Content-Encoding", "")


def test_the_first_page_weighs_little(login):
    end_some(5, 250)
    steps()
    client = login("operator")
    page = client.get("/ui/?range=5m&measure=finished&split=type").text
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    assert {path.rsplit(".", 1)[1] for path in loaded} == {"css", "js", "svg"}
    weights = {path: weigh(client, path) for path in ["/ui/", *sorted(loaded)]}
    assert sum(weight for weight, _ in weights.values()) < MOST, weights
    assert {coding for _, coding in weights.values()} <= {"gzip", ""}
    assert weights["/ui/"][1] == "gzip"
    assert all(coding == "gzip" for path, (_, coding) in weights.items() if path.endswith(".js"))
