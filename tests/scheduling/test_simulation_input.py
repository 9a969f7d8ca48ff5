"""Loads for a simulation: made up, from a file, from history; and the command that runs it."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from executors.models import Execution
from executors.states import ExecutionKind, ExecutionState, LeaseState
from jobs.ids import uuid7
from jobs.states import JobState
from jobs.wishes import Placing
from scheduling import history
from scheduling.simulation.load import Distribution, Load, TypeLoad, generate
from scheduling.simulation.recorded import BadRecord, read_csv
from tests.support.rows import make_executor, make_job, make_lease

HEADER = "arrived,type,seconds,priority,thread_demand,chunkable,chunks,placement,timeout"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(*lines: str) -> Path:
        path = tmp_path / "load.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def test_a_file_is_read_in_the_order_of_arrival(write: Any) -> None:
    late, early = read_csv(
        write(HEADER, "2.5,sum,3,9,4,true,8,pack,60", "", "0.5,echo,0.25,,,,,,")
    )[::-1]
    assert (late.arrived, late.type, late.work, late.priority) == (2.5, "sum", 12.0, 9)
    assert (late.thread_demand, late.chunkable, late.chunks) == (4, True, 8)
    assert (late.placement, late.timeout, late.alone) == (Placing.PACK, 60.0, True)
    assert (early.arrived, early.work, early.priority, early.thread_demand) == (0.5, 0.25, 5, 1)
    assert not early.alone


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("soon,echo,1,,,,,,", "line 3: arrived can't be 'soon': a number from 0 is expected."),
        ("-1,echo,1,,,,,,", "arrived can't be '-1'"),
        ("0,echo,nan,,,,,,", "seconds can't be 'nan'"),
        ("0,,1,,,,,,", "type can't be '': it is needed."),
        ("0,echo,1,10,,,,,", "priority can't be '10': a whole number from 0 to 9 is expected."),
        ("0,echo,1,,0,,,,", "thread_demand can't be '0'"),
        ("0,echo,1,,,maybe,,,", "chunkable can't be 'maybe'"),
        ("0,echo,1,,,,,apart,", "placement can't be 'apart': one of spread, pack is expected."),
        ("0,echo,1", "it has 3 values where there are 9 columns."),
    ],
)
def test_a_bad_line_is_named(write: Any, line: str, reason: str) -> None:
    with pytest.raises(BadRecord, match=r"load\.csv, line 3: ") as caught:
        read_csv(write(HEADER, "0,echo,1,,,,,,", line))
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("arrived,type", "line 1: the column 'seconds' is missing."),
        ("arrived,type,seconds,colour", "line 1: there is no column 'colour'; there are arrived,"),
        ("arrived,type,seconds,type", "line 1: a column is named twice."),
    ],
)
def test_a_bad_header_is_told(write: Any, header: str, reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        read_csv(write(header))
    assert reason in str(caught.value)


def test_an_empty_file_lacks_its_columns(write: Any) -> None:
    with pytest.raises(BadRecord, match="line 1: the column 'arrived' is missing"):
        read_csv(write())


def test_a_made_up_load_is_as_asked_for() -> None:
    types = [TypeLoad("a", 2.0, 3.0, Distribution.FIXED), TypeLoad("b", 0.5, 1.0)]
    load = Load(20_000, 50.0, types, [(1, 1.0), (9, 3.0)], wide_share=0.1, waiting=1000)
    jobs = list(generate(load))
    assert jobs[999].arrived == 0 < jobs[1000].arrived
    assert jobs[-1].arrived == pytest.approx(19_000 / 50, rel=0.1)
    share = {
        "a": sum(job.type == "a" for job in jobs) / len(jobs),
        "urgent": sum(job.priority == 9 for job in jobs) / len(jobs),
        "wide": sum(job.thread_demand == 8 for job in jobs) / len(jobs),
    }
    assert share == pytest.approx({"a": 0.75, "urgent": 0.75, "wide": 0.1}, rel=0.1)
    assert {job.work / job.thread_demand for job in jobs if job.type == "a"} == {2.0}
    mean = sum(job.work for job in jobs) / len(jobs)
    assert mean == pytest.approx(load.slot_seconds(), rel=0.1)


def simulate(*arguments: str) -> str:
    out = StringIO()
    call_command("simulate", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_and_writes_figures(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    text = simulate(
        *("--executors", "2", "--slots", "4", "--jobs", "300", "--wide-share", "0.1"),
        *("--wide-demand", "4", "--type", "a:0.2", "--type", "b:1:2:fixed", "--json", str(path)),
    )
    figures = json.loads(path.read_text())
    assert figures["jobs"] == 300
    assert 0 < figures["utilisation"] <= 1
    assert set(figures["wait_by_width"]) == {"1", "4"}
    assert set(figures["wait_by_priority"]) == {"3", "5", "7"}
    assert "300 jobs in" in text
    assert f"placed: {figures['utilisation']:.1%}" in text


def test_the_command_runs_a_file(write: Any) -> None:
    path = write("arrived,type,seconds,thread_demand", "0,a,2,1", "0,a,2,1", "1,a,2,2")
    text = simulate("--csv", str(path), "--executors", "1", "--slots", "2", "--round", "0")
    assert "3 jobs in 3 leases and chunks, 4.0 s simulated" in text
    assert "Utilisation of slots until the last job was placed: 100.0%" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("--csv", "no such file"),
        ("--executors", "0"),
        ("--type", "a"),
        ("--type", "a:1:1:flat"),
        ("--priority", "11"),
        ("--from-history", "yesterday"),
        ("--csv", "a", "--from-history", "1h"),
        ("--reserve-after", "1", "--no-reserve"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        simulate(*arguments)


def ended(lease: Any, began: float, took: float, **fields: Any) -> Any:
    """A completed job that started so many seconds ago."""
    job = make_job(JobState.COMPLETED, execution_id=uuid7(), **fields)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_job
               SET available_at = now() - (%(began)s + 1) * interval '1 s',
                   started_at = now() - %(began)s * interval '1 s',
                   completed_at = now() - (%(began)s - %(took)s) * interval '1 s'
             WHERE id = %(id)s
            """,
            {"began": began, "took": took, "id": job.id},
        )
    Execution.objects.create(
        id=job.execution_id, job=job, lease=lease, state=ExecutionState.COMPLETED, attempt=1
    )
    return job


@pytest.mark.django_db
def test_history_is_what_ran() -> None:
    executor = make_executor("w1", slots=6, types=["echo"], labels={"gpu": "true"})
    narrow = make_lease(executor, LeaseState.FINISHED)
    wide = make_lease(executor, LeaseState.FINISHED, slots=4)
    first = ended(narrow, began=100, took=2, type="echo", priority=7)
    second = ended(wide, began=90, took=3, type="echo", thread_demand=4, requires={"gpu": "true"})
    ended(narrow, began=9000, took=1, type="echo")
    one, two = history.read_history(timedelta(hours=1))
    assert (one.id, one.arrived, one.priority) == (str(first.id), 0.0, 7)
    assert (one.work, one.thread_demand) == (pytest.approx(2.0), 1)
    assert (two.id, two.arrived) == (str(second.id), pytest.approx(10.0))
    assert (two.work, two.requires) == (pytest.approx(12.0), (("gpu", "true"),))
    (capacity,) = history.read_executors()
    assert (capacity.executor, capacity.slots, capacity.leases) == ("w1", 6, [])
    assert capacity.labels == {"gpu": "true", "executor": "w1"}
    assert "2 jobs in 2 leases and chunks" in simulate("--from-history", "1h")
    with_fewer = simulate("--from-history", "1h", "--executors", "1", "--slots", "2")
    assert "2 jobs in 2 leases" in with_fewer


@pytest.mark.django_db
def test_the_work_of_a_split_job_is_that_of_its_chunks() -> None:
    lease = make_lease(make_executor("w1"), LeaseState.FINISHED)
    job = ended(lease, began=50, took=20, type="echo", thread_demand=2, chunk_count=2)
    for chunk, took in enumerate((5, 7)):
        Execution.objects.create(
            job=job,
            lease=lease,
            kind=ExecutionKind.CHUNK,
            chunk=chunk,
            state=ExecutionState.COMPLETED,
            attempt=1,
            started_at=job.created_at,
            completed_at=job.created_at + timedelta(seconds=took),
        )
    (read,) = history.read_history(timedelta(hours=1))
    assert (read.work, read.chunkable, read.thread_demand) == (pytest.approx(12.0), True, 2)
