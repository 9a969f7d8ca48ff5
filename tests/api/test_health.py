"""/healthz and /readyz: open, quick, and without secrets."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config import health


@pytest.fixture(autouse=True)
def look_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_latest", None)


def test_alive_asks_nobody(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert not queries.captured_queries


def test_ready(db: None) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "broker": "ok"},
    }


def test_no_broker(db: None, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://:secret@127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "unreachable"
    assert b"secret" not in answer.content


def test_no_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = connection.get_connection_params() | {"port": 1, "password": "secret"}
    monkeypatch.setattr(connection, "get_connection_params", lambda: dict(wrong))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "unreachable", "broker": "ok"}
    assert b"secret" not in answer.content


def test_a_migration_is_missing(db: None) -> None:
    MigrationRecorder(connection).record_unapplied("jobs", "0002_roles")
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "unapplied"


def test_many_questions_are_one_look(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    monkeypatch.setattr(health, "check", lambda: looks.append(1) or {"database": "ok"})
    monkeypatch.setattr(health, "FRESH", 3600)
    for _ in range(5):
        Client().get("/readyz")
    assert len(looks) == 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_they_only_answer_reads(db: None, path: str) -> None:
    assert Client().head(path).status_code == 200
    assert Client().post(path).status_code == 405
