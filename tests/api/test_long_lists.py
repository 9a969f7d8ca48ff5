"""Lists of the API answer in a bounded time, whatever they hold."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from jobs.api.keyset import Order, Place
from jobs.api.slowness import BUSY, too_slow
from jobs.api.views.base import ListView
from jobs.api.views.jobs import Jobs
from jobs.timelimit import TookTooLong
from tests.api.client import NOWHERE, Api, problem
from tests.support.races import Rival
from tests.support.rows import make_execution, make_executor, make_job, make_lease

MANY = 20_050
"""Rows that a search looks through in two parts."""
LATER = "03bb2cc3-d800-7000-8000-"
"""The beginning of ids made in the year 2100."""


def lists(patterns: Any = None, prefix: str = "/") -> dict[str, Any]:
    """By path: the view of each list of the API."""
    found: dict[str, Any] = {}
    for pattern in patterns or get_resolver().url_patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            found |= lists(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if view and issubclass(view, ListView) and not path.endswith("/"):
                found[path] = view
    return found


def test_there_are_lists() -> None:
    assert {"/jobs", "/db/jobs", "/api/v1/jobs", "/api/v1/executions"} < set(lists())


def test_each_list_gives_up_in_time(rival: Rival, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody has its table locked, which looks to Postgres like any other long work."""
    operator = Api("operator")
    job, _ = make_job(), make_executor("x")
    task = {"name": "x", "type": "add_numbers", "payload": {"a": 1, "b": 2}}
    assert operator.post("tasks", task).status_code == 201
    for pattern, view in lists().items():
        path = pattern.replace("<uuid:job_id>", str(job.id)).replace("<str:name>", "x")
        assert operator.get(path).status_code == 200, path
        its = view()
        its.kwargs = {"task": NOWHERE}
        table = its.get_queryset().model._meta.db_table
        with monkeypatch.context() as hasty, rival.locking(table):
            hasty.setitem(settings.CELERIAC, "LIST_SECONDS", 0.2)
            refusal = problem(operator.get(path), 503)
        assert refusal["type"] == "urn:celeriac:problem:list_too_slow", path
        assert refusal["errors"] == [], path
        assert BUSY in refusal["detail"]


def test_a_list_that_took_too_long_names_what_was_slow(
    rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.CELERIAC, "LIST_SECONDS", 0.2)
    viewer = Api("viewer")
    query = {"q": "needle", "payload.a": "3", "status": "completed", "ordering": "-completed_at"}
    with rival.locking("jobs_job"):
        answer = viewer.get("jobs", **query)
        page = viewer.client.get("/api/v1/jobs", query, headers={"Accept": "text/html"})
    refusal = problem(answer, 503)
    assert [error["field"] for error in refusal["errors"]] == ["payload.a", "q", "ordering"]
    assert {error["code"] for error in refusal["errors"]} == {"slow"}
    for words in ("within 0.2 s", "payload.a and q and ordering", "created_after", "leave out"):
        assert words in refusal["detail"]
    assert "Retry-After" not in answer
    assert page.status_code == 503
    assert page["Content-Type"].startswith("text/html")
    assert "list_too_slow" in page.text


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"q": "a", "created_after": "2030-01-01"}, ["q"]),
        ({"status": "failed", "page_size": "5", "cursor": "x", "format": "json"}, []),
        ({"type": "", "executor": "w1"}, ["executor"]),
        ({"ordering": "-created_at", "name": "a"}, ["name"]),
        ({"ordering": "priority", "scope": "active"}, ["ordering"]),
    ],
)
def test_what_is_slow(query: dict[str, str], named: list[str]) -> None:
    name = query.get("ordering", "-created_at")
    order = Order(name, "priority" if "priority" in name else "id")
    error = too_slow(TookTooLong(seconds=3.0), query, order, Jobs())
    assert [one.field for one in error.errors] == named
    assert (BUSY in str(error)) == (not named)
    unused = str(error).partition("Narrow the list by ")[2]
    assert not any(name in unused for name in query if name != "ordering")


@pytest.fixture
def among_many(db: None) -> str:
    """A job and its execution behind 20,049 others, made after them; the job's id."""
    job = make_job(name="needle", payload={"rare": 7})
    make_execution(job, make_lease(make_executor()), state="lost")
    copies = {
        "jobs_job": ("name", "'hay'", "payload", "'{}'::jsonb"),
        "executors_execution": ("state", "'completed'", "attempt", "1"),
    }
    with closing(connection.cursor()) as cursor:
        for table, (one, text, two, other) in copies.items():
            cursor.execute(
                """
                SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
                 WHERE table_name = %s AND is_generated = 'NEVER'
                   AND column_name NOT IN ('id', %s, %s)
                """,
                [table, one, two],
            )
            [columns] = cursor.fetchone()
            cursor.execute(
                f"""
                INSERT INTO {table} (id, {one}, {two}, {columns})
                SELECT ('{LATER}' || lpad(n::text, 12, '0'))::uuid,
                       {text}, {other}, {columns}
                  FROM {table}, generate_series(2, {MANY}) n
                """
            )
    return str(job.id)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("jobs", {"q": "needle"}),
        ("jobs", {"payload.rare": "7"}),
        ("/jobs", {"name": "needle"}),
        ("executions", {"state": "lost"}),
    ],
)
def test_a_search_whose_time_is_up_goes_on_at_next(
    among_many: str, monkeypatch: pytest.MonkeyPatch, path: str, query: dict[str, str]
) -> None:
    """Without any time it looks through one part of 20,000 rows, as any search does at least."""
    monkeypatch.setitem(settings.CELERIAC, "LIST_SECONDS", 0.0)
    kind = "Execution" if path == "executions" else "Job"
    newest = LATER + "f" * 12
    start = Place(newest, newest, in_parts=True).encode(f"{kind}/-created_at")
    viewer = Api("viewer")
    answer = viewer.get(path, **query, cursor=start, page_size=5).json()
    assert answer["results"] == []
    assert answer["searched_to"].startswith("2100-01-01T00:00:00")
    last = viewer.client.get(answer["next"]).json()
    [found] = last["results"]
    assert found["job" if path == "executions" else "id"] == among_many
    assert last["next"] is None
    assert "searched_to" not in last
    back = viewer.client.get(last["previous"]).json()
    assert back["results"] == []
    assert back["searched_to"]


def test_executions_of_a_time(viewer: Api) -> None:
    executor = make_executor()
    old = make_execution(
        make_job(), make_lease(executor), id="01900000-0000-7000-8000-000000000000"
    )
    new = make_execution(make_job(), make_lease(executor))

    def found(**query: str) -> list[str]:
        return [one["id"] for one in viewer.get("executions", **query).json()["results"]]

    assert found(created_after="2025-01-01T00:00:00Z") == [str(new.id)]
    assert found(created_before="2025-01-01T00:00:00Z") == [str(old.id)]
    assert found(created_before="9999-12-31T23:59:59Z") == [str(new.id), str(old.id)]
    assert found(created_after="0001-01-01T00:00:00Z") == [str(new.id), str(old.id)]
