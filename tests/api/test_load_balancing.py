"""Load-balance strategies of jobs, tasks and types, as the API takes and shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from executors.models import LoadBalanceState
from jobs.api import shapes
from jobs.models import Job
from jobs.wishes import LoadBalanceStrategy
from scheduling.defining import backfilling
from scheduling.models import Backfill
from tests.api.client import ADD, Api, fields

HASHED = {"load_balance_strategy": "consistent_hash", "routing_key": "customer 7"}
HERALD = {"type": "herald", "payload": {}}
TASK = {"name": "it", "type": "add_numbers", "payload": {"a": 1, "b": 2}}


def chosen(job: dict[str, Any]) -> tuple[str | None, str | None]:
    shapes.Job.model_validate_json(json.dumps(job))
    return job["load_balance_strategy"], job["routing_key"]


def test_a_job_names_its_strategy_and_keeps_it_when_it_is_repeated(operator: Api) -> None:
    job = operator.submit(**HASHED)
    assert chosen(job) == ("consistent_hash", "customer 7")
    operator.post(f"jobs/{job['id']}/cancel")
    again = operator.post(f"jobs/{job['id']}/retry").json()
    assert chosen(again) == ("consistent_hash", "customer 7")
    classes = set(Job.objects.values_list("placement_class", flat=True))
    assert len(classes) == 1


def test_jobs_in_bulk_do_too(operator: Api) -> None:
    bodies = [
        ADD,
        ADD | HASHED,
        *(ADD | {"load_balance_strategy": its} for its in ("random", None)),
    ]
    ids = operator.post("jobs/bulk", {"jobs": bodies}).json()["ids"]
    found = [chosen(operator.get(f"jobs/{id_}").json())[0] for id_ in ids]
    assert found == [None, "consistent_hash", "random", None]


@pytest.mark.parametrize("strategy", [its.value for its in LoadBalanceStrategy])
def test_every_strategy_is_taken(operator: Api, strategy: str) -> None:
    assert operator.submit(load_balance_strategy=strategy)["load_balance_strategy"] == strategy


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"load_balance_strategy": "magic"}, {"load_balance_strategy": "enum"}),
        ({"routing_key": ""}, {"routing_key": "string_too_short"}),
        ({"routing_key": "x" * 201}, {"routing_key": "string_too_long"}),
        (
            {"load_balance_strategy": "broadcast", "thread_demand": 2},
            {"load_balance_strategy": "broadcast_runs_whole"},
        ),
    ],
)
def test_what_can_not_be_is_refused(operator: Api, body: dict[str, Any], wrong: Any) -> None:
    assert fields(operator.post("jobs", ADD | body)) == wrong


def test_a_type_has_a_strategy_for_jobs_and_tasks_that_name_none(operator: Api) -> None:
    assert operator.get("job-types/herald").json()["load_balance_strategy"] == "broadcast"
    assert operator.get("job-types/add_numbers").json()["load_balance_strategy"] is None
    assert chosen(operator.submit(**HERALD))[0] == "broadcast"
    assert chosen(operator.submit(**HERALD, load_balance_strategy="sticky"))[0] == "sticky"
    task = operator.post("tasks", TASK | HERALD).json()
    assert task["load_balance_strategy"] == "broadcast"
    changed = operator.patch(f"tasks/{task['id']}", {"load_balance_strategy": "random"})
    assert changed.json()["load_balance_strategy"] == "random"
    renamed = operator.patch(f"tasks/{task['id']}", {"name": "another"}).json()
    assert renamed["load_balance_strategy"] == "random"


def test_a_task_hands_its_strategy_to_its_jobs(operator: Api) -> None:
    task = operator.post("tasks", TASK | {"load_balance_strategy": "sticky"}).json()
    job = operator.post(f"tasks/{task['id']}/trigger", {}).json()
    assert Job.objects.get(id=job["id"]).load_balance_strategy == "sticky"


def test_a_task_shows_what_its_strategy_remembers(operator: Api) -> None:
    task = operator.post("tasks", TASK | {"load_balance_strategy": "sticky"}).json()
    assert task["load_balance_state"] is None
    for strategy, last in (("sticky", "w1"), ("round_robin", "w2")):
        LoadBalanceState.objects.create(
            subject=f"task:{task['id']}", strategy=strategy, state={"last": last}
        )
    assert operator.get(f"tasks/{task['id']}").json()["load_balance_state"] == {"last": "w1"}


def test_jobs_of_different_tasks_that_prefer_executors_stand_apart(operator: Api) -> None:
    made = [
        operator.post("tasks", TASK | {"name": name, "load_balance_strategy": "sticky"}).json()
        for name in ("one", "two")
    ]
    for task in made:
        operator.post(f"tasks/{task['id']}/trigger", {})
    assert Job.objects.values("placement_class").distinct().count() == 2


def test_a_backfill_hands_it_on_too(operator: Api) -> None:
    body = TASK | {"cron_expression": "0 0 * * *", "load_balance_strategy": "failover"}
    task = operator.post("tasks", body).json()
    span = {"from": "2025-01-01T00:00:00Z", "to": "2025-01-03T00:00:00Z", "concurrency": 2}
    assert operator.post(f"tasks/{task['id']}/backfill", span).status_code == 201
    assert Backfill.objects.exists()
    with connection.cursor() as cursor:
        assert backfilling.feed(cursor) == 2
    assert set(Job.objects.values_list("load_balance_strategy", flat=True)) == {"failover"}
