"""GET /api/v1/processes: who is there, who is silent, who leads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from executors.models import Process
from tests.api.client import Api, problem

pytestmark = pytest.mark.django_db


def make(role: str, silent: float = 0.0, **fields: object) -> None:
    last_beat = timezone.now() - timedelta(seconds=silent)
    Process.objects.create(role=role, host="here", pid=7, last_beat=last_beat, **fields)


def test_all_that_have_not_ended_are_listed(viewer: Api) -> None:
    make("web")
    make("gateway", silent=30)
    make("dispatcher", leader_since=timezone.now())
    make("beat", ended_at=timezone.now())
    rows = viewer.get("processes").json()["results"]
    assert [(row["role"], row["alive"], row["leads"]) for row in rows] == [
        ("dispatcher", True, True), ("gateway", False, False), ("web", True, False),
    ]  # fmt: skip
    assert rows[1]["last_beat_age"] == pytest.approx(30, abs=20)
    assert (rows[2]["host"], rows[2]["pid"], rows[2]["leader_since"]) == ("here", 7, None)


def test_they_are_told_apart_by_their_roles(viewer: Api) -> None:
    make("web")
    make("web")
    make("gateway")
    assert [row["role"] for row in viewer.get("processes", role="web").json()["results"]] == [
        "web", "web"
    ]  # fmt: skip
    problem(viewer.get("processes", role="king"), 400)
