"""The schema says what the views do."""

from __future__ import annotations

import json
import re
import warnings
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from executors.models import Process
from tests.api.client import ADD, NOWHERE, Api, problem
from tests.api.test_access import XXL_JOB, paths
from tests.support.rows import make_execution, make_executor, make_job, make_lease

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import jsonschema

TASK = {
    "name": "w1", "cron_expression": "0 * * * *", "type": "add_numbers", "payload": ADD["payload"],
    "retry": {"strategy": "fixed"}, "misfire_grace": 5,
}  # fmt: skip
SPAN = {"from": "2024-01-01T00:00:00Z", "to": "2024-01-01T05:00:00Z"}
UNDOCUMENTED = {"", "healthz", "readyz", "metrics", "api/v1/"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format=openapi-json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def fixtures(operator: Api) -> dict[str, str]:
    """Ids and names for the parameters in paths."""
    job = make_job("failed", progress={"fraction": 0.5, "message": "half"})
    executor = make_executor("w1")
    make_execution(job, make_lease(executor))
    make_execution(job, make_lease(executor), kind="chunk", chunk=0, result={"n": 1})
    waiting = operator.submit()
    operator.patch(f"jobs/{waiting['id']}", {"priority": 1})
    Process.objects.create(role="beat", host="here", pid=1)
    operator.post("calendars", {"name": "w1", "rules": [{"hours": ["22:00-06:00"]}]})
    operator.post("tasks", TASK)
    operator.post("tasks/w1/trigger")
    backfill = operator.post("tasks/w1/backfill", SPAN).json()
    return {
        "{job_id}": waiting["id"],
        "{artifact_id}": NOWHERE,
        "{backfill_id}": backfill["id"],
        "{name}": "w1",
    }


def check(schema: dict[str, Any], operation: dict[str, Any], answer: Any) -> None:
    """Holds an answer to what is written about its status and media type."""
    described = operation["responses"][str(answer.status_code)]["content"]
    kind = described[answer["Content-Type"]]["schema"]
    whole = {"components": schema["components"], **kind}
    validator = jsonschema.Draft202012Validator(
        whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert [error.message for error in validator.iter_errors(answer.json())] == []


def test_it_has_every_path(schema: dict[str, Any]) -> None:
    known = {
        re.sub(r"\{\w+_id\}", NOWHERE, path).replace("{name}", "x") for path in schema["paths"]
    }
    api = {
        f"/{path}"
        for path in set(paths()) - UNDOCUMENTED - XXL_JOB
        if not path.endswith("/") and not path.startswith(("api/auth", "ui/"))
    }
    assert known == api


def test_every_read_answers_as_described(
    schema: dict[str, Any], operator: Api, fixtures: dict[str, str]
) -> None:
    for path, operations in schema["paths"].items():
        if "get" not in operations or path.endswith("/content"):
            continue
        for name, value in fixtures.items():
            path = path.replace(name, value)
        answer = operator.get(path.replace("job-types/w1", "job-types/add_numbers"))
        check(schema, operations["get"], answer)


def test_every_write_answers_as_described(
    schema: dict[str, Any], operator: Api, fixtures: dict[str, str]
) -> None:
    job = f"jobs/{make_job('failed').id}"
    bodies: dict[str, Any] = {"jobs": ADD, "jobs/bulk": {"jobs": [ADD]}, f"{job}/retry": None}
    bodies["jobs/" + fixtures["{job_id}"] + "/cancel"] = None
    for path, body in bodies.items():
        answer = operator.post(path, body)
        assert answer.status_code in {200, 201}
        described = f"/api/v1/{path}".replace(job.split("/")[1], "{job_id}")
        described = described.replace(fixtures["{job_id}"], "{job_id}")
        check(schema, schema["paths"][described]["post"], answer)


def test_every_write_of_schedules_answers_as_described(
    schema: dict[str, Any], operator: Api, fixtures: dict[str, str]
) -> None:
    task, calendar, backfill = "tasks/{name}", "calendars/{name}", "backfills/{backfill_id}"
    rules = {"name": "w2", "rules": [{"hours": ["22:00-06:00"]}]}
    writes: list[tuple[str, str, Any]] = [
        ("post", "tasks", TASK | {"name": "w2"}), ("put", task, TASK), ("patch", task, {}),
        ("post", f"{task}/trigger", {}), ("post", f"{task}/pause", None),
        ("post", f"{task}/resume", None), ("post", "tasks/preview", {"cron_expression": "@daily"}),
        ("post", f"{task}/backfill", SPAN), ("post", f"{task}/backfill", SPAN | {"dry_run": True}),
        ("post", f"{backfill}/cancel", None), ("post", "calendars", rules),
        ("put", calendar, rules | {"name": "w1"}), ("patch", calendar, {}),
    ]  # fmt: skip
    for method, path, body in writes:
        where = path
        for name, value in fixtures.items():
            where = where.replace(name, value)
        answer = getattr(operator, method)(where, body)
        assert answer.status_code in {200, 201}, answer.content
        check(schema, schema["paths"][f"/api/v1/{path}"][method], answer)


def test_refusals_answer_as_described(
    schema: dict[str, Any], operator: Api, viewer: Api, fixtures: dict[str, str]
) -> None:
    submit = schema["paths"]["/api/v1/jobs"]["post"]
    check(schema, submit, operator.post("jobs", {"type": "add_numbers"}))
    check(schema, submit, viewer.post("jobs", ADD))
    listing = schema["paths"]["/api/v1/jobs"]["get"]
    check(schema, listing, viewer.get("jobs", status="x"))
    cancel = schema["paths"]["/api/v1/jobs/{job_id}/cancel"]["post"]
    check(schema, cancel, operator.post(f"jobs/{make_job('failed').id}/cancel"))
    check(schema, cancel, operator.post(f"jobs/{NOWHERE}/cancel"))


def test_the_parameters_of_lists_are_those_that_there_are(
    schema: dict[str, Any], viewer: Api
) -> None:
    lists = ("jobs", "executors", "executions", "artifacts", "tasks", "calendars", "backfills")
    for kind in (*lists, "schedulers"):
        operation = schema["paths"][f"/api/v1/{kind}"]["get"]
        described = {parameter["name"] for parameter in operation["parameters"]}
        refusal = problem(viewer.get(kind, nonsense="1"), 400)["errors"][0]["message"]
        known = set(refusal.partition("there are ")[2].rstrip(".").split(", "))
        assert described == known - {"format"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"priority": 10}, {"thread_demand": 0}, {"name": ""}, {"timeout": 0}, {"nonsense": 1},
        {"chunks": 0}, {"chunks": 1001}, {"placement": "x"}, {"on_shortage": 1},
        {"requires": {"gpu": 1}}, {"requires": {"": "x"}}, {"requires": {"gpu": "a b"}},
        {"requires": {f"n{i}": "v" for i in range(17)}},
    ],
)  # fmt: skip
def test_requests_are_described_with_their_limits(
    schema: dict[str, Any], wrong: dict[str, Any]
) -> None:
    whole = {"components": schema["components"], "$ref": "#/components/schemas/JobRequest"}
    validator = jsonschema.Draft202012Validator(whole)
    assert validator.is_valid(ADD)
    assert not validator.is_valid(ADD | wrong)


def test_bulk_and_uploads_are_described(schema: dict[str, Any]) -> None:
    bulk = schema["components"]["schemas"]["BulkRequest"]["properties"]["jobs"]
    assert bulk["items"] == {"$ref": "#/components/schemas/JobRequest"}
    upload = schema["paths"]["/api/v1/artifacts"]["post"]["requestBody"]["content"]
    file = upload["multipart/form-data"]["schema"]["properties"]["file"]
    assert file == {"type": "string", "format": "binary"}


def test_it_is_served(viewer: Api, schema: dict[str, Any]) -> None:
    served = viewer.client.get(
        "/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}
    )
    assert json.loads(served.content)["paths"].keys() == schema["paths"].keys()
