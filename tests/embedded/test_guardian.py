"""A guarded process ends with all its descendants, whoever is killed and however."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded.process import GuardedProcess
from tests.embedded.families import assert_all_end, family
from tests.support.waiting import LIMIT, wait_until

# A shell with a child in its group, and one in a session of its own that the group misses.
FAMILY = "sleep 1000 & setsid sleep 1001 & echo ready; wait"
ROOT = Path(__file__).resolve().parents[2]


def is_grown_up(head: int) -> bool:
    """Whether both children are there, and one of them has left the group."""
    return sorted(os.getpgid(child.pid) == head for child in family(head)) == [False, True]


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedProcess]:
    process = GuardedProcess(["sh", "-c", FAMILY], log=tmp_path / "log")
    wait_until(lambda: is_grown_up(process.pid), what="one child has its own session")
    yield process
    process.kill()


def members(process: GuardedProcess) -> list[psutil.Process]:
    return [psutil.Process(process.pid), *family(process.pid)]


def test_stop_takes_the_whole_family(guarded: GuardedProcess) -> None:
    everyone = members(guarded)
    assert guarded.stop(signal.SIGTERM) == 128 + signal.SIGTERM
    assert_all_end(everyone)


def test_a_command_that_ignores_the_signal_is_killed_after_the_limit(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = GuardedProcess(["sh", "-c", "trap '' TERM; echo ready; sleep 1000"], log=log)
    wait_until(lambda: log.read_text() == "ready\n")
    assert process.stop(signal.SIGTERM, timeout=0.2) == 128 + signal.SIGKILL


def test_a_stopped_family_can_still_be_killed(guarded: GuardedProcess) -> None:
    everyone = members(guarded)
    os.killpg(guarded.pid, signal.SIGSTOP)
    guarded.kill()
    assert_all_end(everyone)


def test_a_family_whose_head_was_killed_is_ended(guarded: GuardedProcess) -> None:
    everyone = members(guarded)
    os.kill(guarded.pid, signal.SIGKILL)
    assert guarded.wait(LIMIT) == 128 + signal.SIGKILL
    assert_all_end(everyone)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of a parent's death")
def test_the_group_ends_when_its_guardian_is_killed(guarded: GuardedProcess) -> None:
    everyone = members(guarded)
    in_group = [process for process in everyone if os.getpgid(process.pid) == guarded.pid]
    elsewhere = [process for process in everyone if process not in in_group]
    psutil.Process(guarded.pid).parent().kill()
    # The command by the kernel, before anybody asks; the rest of the group as soon as one does.
    assert_all_end(everyone[:1])
    assert guarded.wait(LIMIT) == 128 + signal.SIGKILL
    assert_all_end(in_group)
    for process in elsewhere:
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_killed_owner(number: signal.Signals, tmp_path: Path) -> None:
    program = (
        "import sys, threading\n"
        "from config.embedded.process import GuardedProcess\n"
        f"process = GuardedProcess(['sh', '-c', {FAMILY!r}])\n"
        "print(process.pid, flush=True)\n"
        "threading.Event().wait()\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        wait_until(lambda: is_grown_up(pid))
        everyone = family(owner.pid)
        assert len(everyone) == 4  # the guardian, the shell, its two children
        owner.send_signal(number)
    assert_all_end(everyone)


def test_input_output_and_exit_code_pass_through(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "log"
    process = GuardedProcess(["sh", "-c", "cat; pwd; exit 7"], stdin=b"in\n", log=log, cwd=tmp_path)
    assert process.wait(LIMIT) == 7
    assert process.poll() == 7
    assert log.read_text() == f"in\n{tmp_path}\n"


def test_a_command_that_does_not_exist_says_so(tmp_path: Path) -> None:
    process = GuardedProcess(["/no/such/command"], log=tmp_path / "log")
    assert process.wait(LIMIT) == 127
    assert (tmp_path / "log").read_text() == "/no/such/command: No such file or directory\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_can_become_another_user(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = GuardedProcess(["sh", "-c", "id -u; id -g; id -G"], user=(1234, 1235), log=log)
    assert process.wait(LIMIT) == 0
    assert log.read_text().split() == ["1234", "1235", "1235"]


def test_a_log_that_has_grown_large_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"old" + bytes(10 * 1024 * 1024))
    GuardedProcess(["echo", "new"], log=log).wait(LIMIT)
    assert log.read_text() == "new\n"
    assert (tmp_path / "log.1").read_bytes().startswith(b"old")
