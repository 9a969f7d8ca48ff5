"""Logs over the API: pages of lines from a number on, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from executors.api import shapes
from executors.logs import store
from executors.logs.lines import Level, Line, Stream
from executors.models import Execution
from jobs.models import Job
from tests.api.client import NOWHERE, Api, fields, problem
from tests.support.rows import make_execution, make_executor, make_job, make_lease

pytestmark = pytest.mark.django_db


@pytest.fixture
def executions() -> list[Execution]:
    """A running job's chunk, and its second attempt at another."""
    job = make_job("running", chunk_count=2)
    lease = make_lease(make_executor("w1"))
    return [
        make_execution(job, lease, kind="chunk", chunk=n, attempt=n + 1, state="running")
        for n in range(2)
    ]


def say(execution: Execution, *texts: str, **fields: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        store.append(cursor, str(execution.id), [Line(text, **fields) for text in texts])


def get(api: Api, execution: Execution, /, **query: Any) -> dict[str, Any]:
    answer = api.get(f"jobs/{execution.job_id}/logs", **query)
    assert answer.status_code == 200, answer.content
    shapes.Log.model_validate_json(answer.content)
    return answer.json()


def texts(page: dict[str, Any]) -> list[str]:
    return [line["text"] for line in page["results"]]


def test_lines_of_all_executions_come_in_the_order_in_which_they_were_stored(
    viewer: Api, executions: list[Execution]
) -> None:
    first, second = executions
    say(first, "a")
    say(second, "b", level=Level.ERROR, stream=Stream.STDERR, at=1_800_000_000.0)
    say(first, "c")
    page = get(viewer, first)
    assert texts(page) == ["a", "b", "c"]
    assert page["results"][1] == {
        "number": 2, "at": "2027-01-15T08:00:00Z", "level": "error", "stream": "stderr",
        "text": "b", "execution": str(second.id), "kind": "chunk", "chunk": 1, "attempt": 2,
    }  # fmt: skip
    assert (page["cursor"], page["next"], page["previous"]) == (3, None, None)
    assert (page["complete"], page["status"]) == (False, "running")


def test_a_reader_goes_on_from_the_cursor(viewer: Api, executions: list[Execution]) -> None:
    execution = executions[0]
    say(execution, "a", "b")
    page = get(viewer, execution)
    assert texts(get(viewer, execution, after=page["cursor"])) == []
    say(execution, "c")
    assert texts(get(viewer, execution, after=page["cursor"])) == ["c"]
    assert get(viewer, execution, after=99)["cursor"] == 99


def test_a_long_log_comes_in_pages(viewer: Api, executions: list[Execution]) -> None:
    execution = executions[0]
    say(execution, *"abcde")
    Job.objects.filter(id=execution.job_id).update(
        status="completed", completed_at="2030-01-01T00:00:00Z"
    )
    seen, url = [], f"jobs/{execution.job_id}/logs?limit=2"
    while url:
        page = viewer.client.get(url if url.startswith("http") else f"/api/v1/{url}").json()
        seen.append(texts(page))
        assert page["complete"] is (page["next"] is None)
        url = page["next"]
    assert seen == [["a", "b"], ["c", "d"], ["e"]]


def test_lines_can_be_narrowed_down(viewer: Api, executions: list[Execution]) -> None:
    first, second = executions
    say(first, "a", level=Level.DEBUG)
    say(second, "b", level=Level.WARNING)
    say(first, "c", level=Level.CRITICAL)
    assert texts(get(viewer, first, level="warning")) == ["b", "c"]
    assert texts(get(viewer, first, execution=first.id)) == ["a", "c"]
    assert texts(get(viewer, first, execution=first.id, level="error", after=1)) == ["c"]
    assert get(viewer, first, execution=NOWHERE)["cursor"] == 3


@pytest.mark.parametrize("form", ["urn:uuid:{}", "{{{}}}", "\N{FULLWIDTH DIGIT ONE}{}"])
def test_an_id_of_an_execution_that_postgres_would_not_take(
    viewer: Api, executions: list[Execution], form: str
) -> None:
    say(executions[0], "a")
    given = form.format(executions[0].id)[:45]
    answer = viewer.get(f"jobs/{executions[0].job_id}/logs", execution=given)
    assert fields(answer) == {"execution": "invalid"}
    bare = str(executions[0].id).replace("-", "").upper()
    assert texts(get(viewer, executions[0], execution=bare)) == ["a"]


def test_a_job_that_never_logged(viewer: Api) -> None:
    job = make_job("completed")
    page = viewer.get(f"jobs/{job.id}/logs").json()
    assert (page["results"], page["cursor"], page["complete"]) == ([], 0, True)


def test_an_unknown_job(viewer: Api) -> None:
    assert problem(viewer.get(f"jobs/{NOWHERE}/logs"), 404)["type"].endswith("job_not_found")


def test_what_makes_no_sense_is_refused_by_field(viewer: Api, executions: list[Execution]) -> None:
    query = {"after": "-1", "limit": "1001", "level": "loud", "execution": "x", "nonsense": "1"}
    answer = viewer.get(f"jobs/{executions[0].job_id}/logs", **query)
    assert fields(answer) == {
        "after": "range", "limit": "range", "level": "invalid_choice", "execution": "invalid",
        "nonsense": "unknown_parameter",
    }  # fmt: skip


def test_executors_may_not_read_it(executions: list[Execution]) -> None:
    problem(Api("executor").get(f"jobs/{executions[0].job_id}/logs"), 403)
