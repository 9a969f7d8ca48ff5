"""Jobs that run past their timeout."""

from __future__ import annotations

import pytest

from tests.faults.conftest import prefork_only
from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.process import Process

pytestmark = pytest.mark.faults


TIMEOUT = 1.0
"""Seconds, for jobs that may be stopped wherever they are by then."""
AMPLE = 4.0
"""Seconds that a busy machine takes neither to begin with what is claimed nor to end it."""


def assert_timed_out(platform: Platform, id_: str, message: str) -> None:
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"]) == ("failed", 1)
    assert job["error"]["code"] == "timeout"
    assert message in job["error"]["message"]
    assert [e["state"] for e in platform.client.executions(id_)] == ["failed"]


def assert_goes_on(platform: Platform) -> None:
    good = platform.client.submit("echo", *({"n": n} for n in range(10)))
    platform.wait_final(*good)
    assert platform.client.statuses(good) == {"completed": 10}


@pytest.mark.parametrize("busy", [True, False])
def test_job_that_heeds_its_deadline(
    platform: Platform, worker: Process, gate: Gate, busy: bool
) -> None:
    run_past_timeout(platform, worker, gate, busy=busy, heed=True)


@prefork_only
@pytest.mark.parametrize("busy", [True, False])
def test_job_that_does_not(platform: Platform, worker: Process, gate: Gate, busy: bool) -> None:
    run_past_timeout(platform, worker, gate, busy=busy, heed=False)


def run_past_timeout(platform: Platform, worker: Process, gate: Gate, **options: bool) -> None:
    """The job is stopped, and its worker goes on as it is."""
    incarnation = platform.executor(worker.name)["incarnation"]
    payload = gate.payload(**options)
    id_ = platform.client.submit_one("latch", payload, timeout=TIMEOUT, max_attempts=1)
    assert_timed_out(platform, id_, "ran for longer than its timeout of 1 s")
    assert_goes_on(platform)
    assert platform.executor(worker.name)["incarnation"] == incarnation


def test_timeout_is_followed_by_another_attempt(
    platform: Platform, worker: Process, gate: Gate
) -> None:
    id_ = platform.client.submit_one("latch", gate.payload(), timeout=AMPLE, max_attempts=2)
    platform.wait_until(lambda: platform.client.events(id_), what="the first attempt is over")
    gate.open()
    platform.wait_final(id_)
    assert (platform.client.job(id_)["status"], platform.client.job(id_)["attempt"]) == (
        "completed",
        2,
    )


def test_job_that_lets_nothing_stop_it(
    platform: Platform, worker: Process, pool: str, gate: Gate
) -> None:
    """Under prefork its process is ended; a threads worker drains and starts itself anew."""
    incarnation = platform.executor(worker.name)["incarnation"]
    payload = gate.payload(heed=False)
    id_ = platform.client.submit_one("stubborn", payload, timeout=AMPLE, max_attempts=1)
    gate.wait_reached()
    expected = {"prefork": "and was ended", "threads": "ignored its timeout"}[pool]
    assert_timed_out(platform, id_, expected)
    if pool == "threads":
        platform.wait_until(
            lambda: platform.executor(worker.name)["incarnation"] != incarnation,
            what="the worker has started itself anew",
        )
    assert_goes_on(platform)
    assert worker.is_running()
    assert platform.executor(worker.name)["pid"] == worker.pid
