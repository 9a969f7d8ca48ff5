"""The list of processes: commands, names and what the environment changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.processes.catalogue import (
    Addresses,
    NotANumber,
    Worker,
    processes,
    sample_executor,
    workers,
)

ADDRESSES = Addresses(host="127.0.0.1", port=8080, flower_port=5555)


def test_two_workers_one_of_each_pool_by_default() -> None:
    assert workers({}) == [Worker("w1", 4, "prefork"), Worker("w2", 4, "threads")]


def test_the_environment_names_workers_and_adds_some() -> None:
    told = {
        "WORKER_1_ID": "alpha",
        "WORKER_1_THREADS": "8",
        "WORKER_2_POOL": "prefork",
        "WORKER_3_THREADS": "2",
    }
    assert workers(told) == [
        Worker("alpha", 8, "prefork"),
        Worker("w2", 4, "prefork"),
        Worker("w3", 2, "prefork"),
    ]


@pytest.mark.parametrize("value", ["many", "0", "-1", "1025", "4.0"])
def test_a_number_of_threads_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(NotANumber, match=f"WORKER_1_THREADS has to be .* not '{value}'"):
        workers({"WORKER_1_THREADS": value})


def test_all_processes_in_the_order_of_their_start() -> None:
    names = [each.name for each in processes(ADDRESSES, workers({}), "admin:secret")]
    assert names == ["web", "dispatcher", "w1", "w2", "service", "beat", "flower"]


def test_the_sample_executor_is_stopped_while_its_last_reports_are_heard() -> None:
    others = processes(ADDRESSES, workers({}), "admin:secret")
    sample = sample_executor(ADDRESSES, "token", Path("/tmp"))
    assert sample.leaves_first
    assert not any(its.leaves_first for its in others)


def test_no_command_line_shows_the_password() -> None:
    found = processes(ADDRESSES, workers({}), "admin:secret")
    assert not any("secret" in argument for each in found for argument in each.command)
    assert found[-1].environment == {"FLOWER_BASIC_AUTH": "admin:secret"}


def test_an_address_for_people_names_a_host_that_they_can_open() -> None:
    assert Addresses(host="0.0.0.0", port=8081, flower_port=1).url == "http://127.0.0.1:8081"
    assert Addresses(host="10.1.2.3", port=8081, flower_port=1).url == "http://10.1.2.3:8081"
