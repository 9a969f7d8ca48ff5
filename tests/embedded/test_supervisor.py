"""The supervisor starts in order, starts again what was killed, and stops all."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from config.embedded.valkey import EmbeddedValkey
from config.processes.backoff import LONGEST, SETTLED, crashes_in_a_row, restart_delay
from config.processes.catalogue import Process
from config.processes.running import RunningProcess
from config.processes.supervisor import NotReady, Supervisor, Watchable
from tests.embedded.families import assert_all_end
from tests.support.waiting import wait_until

SLEEPS = "echo started; exec sleep 1000"

Start = Callable[..., tuple[Supervisor, list[RunningProcess], list[str]]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Runs shell scripts by name under a supervisor, which is stopped at the end."""
    supervisors = []

    def start_scripts(
        servers: Sequence[Watchable] = (), leave_first: Sequence[str] = (), **scripts: str
    ) -> tuple[Supervisor, list[RunningProcess], list[str]]:
        running = [
            RunningProcess(
                Process(
                    name,
                    ("sh", "-c", script),
                    ready_text="started",
                    leaves_first=name in leave_first,
                ),
                {"PATH": os.environ["PATH"], "HERE": str(tmp_path)},
                tmp_path / f"{name}.log",
            )
            for name, script in scripts.items()
        ]
        reports: list[str] = []
        supervisor = Supervisor(running, servers, reports.append)
        supervisors.append(supervisor)
        supervisor.start()
        return supervisor, running, reports

    yield start_scripts
    for supervisor in supervisors:
        supervisor.stop(limit=0.1)


def test_processes_become_ready_in_their_order_and_are_all_asked_to_stop(
    start: Start, tmp_path: Path
) -> None:
    script = "trap 'echo $0 >> $HERE/stopped; exit' TERM; echo started; while :; do sleep .01; done"
    supervisor, running, reports = start(
        **{name: script.replace("$0", name) for name in ("first", "second", "third")}
    )
    assert [process.name for process in supervisor.become_ready()] == ["first", "second", "third"]
    everyone = [psutil.Process(process.pid) for process in running]
    supervisor.stop()
    assert_all_end(everyone)
    assert sorted((tmp_path / "stopped").read_text().split()) == ["first", "second", "third"]
    assert reports == []


def test_the_last_words_of_one_that_leaves_first_are_heard(start: Start, tmp_path: Path) -> None:
    hears = "trap 'test -e $HERE/said && touch $HERE/heard; exit' TERM; echo started; "
    says = "trap 'sleep .3; touch $HERE/said; exit' TERM; echo started; "
    forever = "while :; do sleep .01; done"
    supervisor, _, _ = start(leave_first=["says"], says=says + forever, hears=hears + forever)
    list(supervisor.become_ready())
    supervisor.stop()
    assert (tmp_path / "heard").exists()


def test_a_killed_process_is_started_again_and_that_is_said(start: Start) -> None:
    supervisor, (process,), reports = start(worker=SLEEPS)
    list(supervisor.become_ready())
    for _ in range(2):
        before = process.pid
        os.kill(before, signal.SIGKILL)
        wait_until(lambda before=before: process.pid != before and process.is_ready())
    assert reports == [
        "worker ended by itself (exit code 137); starts again now",
        "worker ended by itself (exit code 137); starts again in 1 s",
    ]


def test_a_killed_server_is_started_again_on_its_port(start: Start, tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey") as valkey:
        supervisor, _, reports = start(servers=[valkey], worker=SLEEPS)
        list(supervisor.become_ready())
        before, port = valkey.pid, valkey.port
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: valkey.pid != before and valkey.is_running())
        supervisor.stop(limit=0.1)
        assert valkey.port == port
        assert reports == ["Valkey ended by itself (exit code 137); starts again now"]


def test_a_process_that_cannot_start_is_given_up_with_its_last_words(start: Start) -> None:
    supervisor, _, _ = start(good=SLEEPS, broken="echo no such module; exit 3")
    with pytest.raises(NotReady, match=r"broken ended 3 times.*broken\.log.*no such module"):
        list(supervisor.become_ready())


def test_a_process_that_ignores_sigterm_is_killed(start: Start) -> None:
    supervisor, (process,), _ = start(deaf="trap '' TERM; echo started; sleep 1000")
    list(supervisor.become_ready())
    everyone = [psutil.Process(process.pid)]
    supervisor.stop(limit=0.2)
    assert_all_end(everyone)
    assert process.exit_code() == 128 + signal.SIGKILL


def test_the_delay_grows_with_crashes_in_a_row_and_is_forgotten_after_a_long_run() -> None:
    assert [restart_delay(crashes) for crashes in range(1, 6)] == [0, 1, 2, 4, 8]
    assert restart_delay(100) == LONGEST
    assert crashes_in_a_row(4, ran_for=SETTLED - 1) == 5
    assert crashes_in_a_row(4, ran_for=SETTLED) == 1
