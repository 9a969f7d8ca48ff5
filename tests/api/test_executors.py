"""Executors, executions and job types, to look at."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from executors.api import shapes
from executors.models import Execution
from executors.states import ExecutionState, LeaseState
from jobs import types
from jobs.api import shapes as job_shapes
from tests.api.client import NOWHERE, Api, fields, problem
from tests.support.rows import make_execution, make_executor, make_job, make_lease


def test_slots_in_use_are_those_of_live_leases(viewer: Api) -> None:
    busy, idle = make_executor("busy", slots=8), make_executor("idle@host", types=["add_numbers"])
    make_lease(busy, LeaseState.CLAIMED, slots=3)
    make_lease(busy, LeaseState.ASSIGNED, slots=1)
    for state in (LeaseState.FINISHED, LeaseState.LOST, LeaseState.RELEASED):
        make_lease(busy, state, slots=2)
    listed = viewer.get("executors").json()["results"]
    found = [shapes.Executor.model_validate_json(json.dumps(one)) for one in listed]
    assert [(one.name, one.slots, one.slots_used, one.slots_free) for one in found] == [
        ("busy", 8, 4, 4), ("idle@host", 4, 0, 4),
    ]  # fmt: skip
    assert str(found[1].id) == idle.id


def test_labels_are_shown(viewer: Api) -> None:
    labels = {"gpu": "true", "example.com/zone": "a"}
    make_executor("w1", labels=labels)
    assert viewer.get("executors/w1").json()["labels"] == labels


def test_the_age_of_a_heartbeat(viewer: Api) -> None:
    make_executor("w1", last_heartbeat=timezone.now() - timedelta(hours=1))
    make_executor("w2", last_heartbeat=timezone.now() + timedelta(hours=1))
    old, ahead = viewer.get("executors").json()["results"]
    assert 3600 <= old["heartbeat_age"] < 3700
    assert ahead["heartbeat_age"] == 0


@pytest.mark.parametrize("name", ["w1", "w1@host.example", "with space", "ünïcode"])
def test_an_executor_by_its_name_or_id(viewer: Api, name: str) -> None:
    executor = make_executor(name)
    by_name = viewer.get(f"executors/{name}").json()
    assert by_name["id"] == str(executor.id)
    by_id = viewer.get(f"executors/{executor.id}").json()
    assert by_id["name"] == name


def test_an_executor_that_is_named_like_an_id(viewer: Api) -> None:
    make_executor(NOWHERE)
    assert viewer.get(f"executors/{NOWHERE}").json()["name"] == NOWHERE


@pytest.mark.parametrize("name", ["nobody", "%00", "a%00b", "%EF%BC%91" * 32])
def test_there_is_no_such_executor(viewer: Api, name: str) -> None:
    problem(viewer.get(f"executors/{name}"), 404)


def test_executors_by_status_and_in_pages(viewer: Api) -> None:
    for index, status in enumerate(["online", "draining", "offline", "online", "online"]):
        make_executor(f"w{index}", status=status)
    names = [[one["name"] for one in page] for page in viewer.pages("executors", page_size=2)]
    assert names == [["w0", "w1"], ["w2", "w3"], ["w4"]]
    answer = viewer.get("executors", status="offline,draining", ordering="-name").json()
    assert [one["name"] for one in answer["results"]] == ["w2", "w1"]
    assert set(fields(viewer.get("executors", status="sleeping"))) == {"status"}


def test_executions_of_a_job(viewer: Api) -> None:
    executor, other = make_executor("w1"), make_executor("w2")
    job, another = make_job("running"), make_job("running")
    now = timezone.now()
    error = {"code": "failed", "message": "no", "traceback": "…"}
    failed = make_execution(
        job, make_lease(executor), ExecutionState.FAILED, error=error,
        started_at=now, completed_at=now + timedelta(seconds=1.5),
    )  # fmt: skip
    running = make_execution(
        job, make_lease(other, LeaseState.CLAIMED), ExecutionState.RUNNING,
        attempt=2, started_at=now,
    )  # fmt: skip
    make_execution(another, make_lease(executor))
    listed = viewer.get(f"jobs/{job.id}/executions").json()["results"]
    first, second = [shapes.Execution.model_validate_json(json.dumps(one)) for one in listed]
    assert (str(first.id), first.executor, first.attempt, first.execution_time) == (
        running.id, "w2", 2, None,
    )  # fmt: skip
    assert (str(second.id), second.executor, second.execution_time) == (failed.id, "w1", 1.5)
    assert (str(second.job), str(second.lease)) == (job.id, failed.lease_id)
    assert second.error.model_dump() == error

    everything = viewer.get("executions").json()["results"]
    assert len(everything) == 3
    assert viewer.get("executions", job=str(job.id)).json()["results"] == listed
    assert viewer.get("executions", executor="w2").json()["results"] == listed[:1]
    assert viewer.get("executions", state="failed").json()["results"] == listed[1:]
    assert viewer.get("executions", lease=str(failed.lease_id)).json()["results"] == listed[1:]
    assert set(fields(viewer.get("executions", job="5"))) == {"job"}
    assert len(viewer.pages("executions", page_size=1)) == 3


def test_chunks_are_executions_of_their_job(viewer: Api) -> None:
    executor, job = make_executor("w1"), make_job("running", chunk_count=2)
    done = make_execution(
        job, make_lease(executor, kind="chunk"), kind="chunk", chunk=0, result={"sum": 3}
    )
    queued = Execution.objects.create(
        job=job, kind="chunk", chunk=1, state=ExecutionState.QUEUED, attempt=2,
        available_at=timezone.now(),
    )  # fmt: skip
    combine = Execution.objects.create(
        job=job, kind="combine", state=ExecutionState.QUEUED, attempt=1,
        available_at=timezone.now(),
    )  # fmt: skip
    listed = viewer.get(f"jobs/{job.id}/executions").json()["results"]
    last, second, first = [shapes.Execution.model_validate_json(json.dumps(one)) for one in listed]
    assert [str(one.id) for one in (first, second, last)] == [done.id, queued.id, combine.id]
    assert (first.kind, first.chunk, first.executor, first.available_at) == (
        "chunk", 0, "w1", None,
    )  # fmt: skip
    assert first.result_size == len('{"sum": 3}')
    assert (second.chunk, second.executor, second.lease) == (1, None, None)
    assert (second.attempt, second.available_at) == (2, queued.available_at)
    assert (second.result_size, second.execution_time) == (None, None)
    assert (last.kind, last.chunk) == ("combine", None)

    assert viewer.get("executions", kind="combine").json()["results"] == listed[:1]
    assert viewer.get("executions", kind="chunk,combine").json()["results"] == listed
    assert viewer.get("executions", kind="whole").json()["results"] == []
    assert set(fields(viewer.get("executions", kind="half"))) == {"kind"}


def test_executions_of_no_job(viewer: Api) -> None:
    job = make_job()
    assert viewer.get(f"jobs/{job.id}/executions").json()["results"] == []
    problem(viewer.get(f"jobs/{NOWHERE}/executions"), 404)


def test_job_types_publish_their_schemas(viewer: Api) -> None:
    listed = job_shapes.JobTypes.model_validate_json(viewer.get("job-types").content)
    assert [kind.name for kind in listed.results] == [kind.name for kind in types.all_types()]
    add = viewer.get("job-types/AddNumbers").json()
    assert add == viewer.get("job-types/add_numbers").json()
    assert add["payload_schema"]["required"] == ["a", "b"]
    assert add["result_schema"]["required"] == ["sum"]
    assert add["description"]
    assert not add["chunkable"]
    assert viewer.get("job-types/large_array_sum").json()["chunkable"]
    problem(viewer.get("job-types/nope"), 404)
