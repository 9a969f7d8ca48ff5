"""What is refused outside of views, and what goes wrong inside them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from jobs.api import queries
from tests.api.client import Api, problem


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/jobs/5", "/api/v2/jobs"])
def test_there_is_nothing(db: None, path: str) -> None:
    refusal = problem(Client().get(path), 404)
    assert (refusal["type"], refusal["title"]) == ("about:blank", "Not Found")
    assert refusal["instance"] == path


def test_a_browser_gets_a_page(db: None) -> None:
    answer = Client().get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert b"<h1>Not Found</h1>" in answer.content


def test_a_wrong_method(operator: Api) -> None:
    answer = operator.client.delete("/api/v1/jobs")
    assert "GET, POST" in problem(answer, 405)["detail"]
    assert "POST" in answer["Allow"]


def test_a_wrong_host(db: None) -> None:
    problem(Client(headers={"Host": "elsewhere.example"}).get("/api/v1/jobs"), 400)


def test_a_media_type_that_there_is_not(viewer: Api) -> None:
    answer = viewer.client.get("/api/v1/jobs", headers={"Accept": "text/csv"})
    assert "application/json" in problem(answer, 406)["detail"]


def test_a_fault_of_ours_tells_nothing(viewer: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any) -> None:
        message = "the secret is 42"
        raise RuntimeError(message)

    monkeypatch.setattr(queries, "jobs", break_down)
    answer = viewer.get("jobs")
    problem(answer, 500)
    assert b"secret" not in answer.content


def test_a_database_that_does_not_answer(viewer: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any) -> None:
        message = "connection to server at 10.1.2.3 refused"
        raise OperationalError(message)

    monkeypatch.setattr(queries, "jobs", break_down)
    answer = viewer.get("jobs")
    assert "10.1.2.3" not in problem(answer, 503)["detail"]
    assert answer["Retry-After"]


def test_options_tells_what_a_view_takes(viewer: Api) -> None:
    told = viewer.client.options("/api/v1/artifacts").json()
    assert told["parses"] == ["multipart/form-data"]
    assert "application/json" in told["renders"]


def test_indented_json_is_the_same(viewer: Api) -> None:
    plain = viewer.get("job-types")
    indented = viewer.client.get(
        "/api/v1/job-types", headers={"Accept": "application/json; indent=2"}
    )
    assert indented.json() == plain.json()
    assert b"\n  " in indented.content
