"""Handlers that raise, exit or return nonsense: the job fails with the reason, no more."""

from __future__ import annotations

import pytest

from tests.faults.conftest import prefork_only
from tests.support.platform import Platform
from tests.support.process import Process

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def _worker_goes_on(platform: Platform, worker: Process) -> None:
    """The same worker does good work after each test."""
    incarnation = platform.executor(worker.name)["incarnation"]
    yield
    good = platform.client.submit("echo", *({"n": n} for n in range(10)))
    platform.wait_final(*good)
    assert platform.client.statuses(good) == {"completed": 10}
    assert platform.executor(worker.name)["incarnation"] == incarnation


@pytest.mark.parametrize(
    ("type_", "code", "message"),
    [
        ("raise_error", "exception", "RuntimeError: on purpose"),
        ("memory_error", "exception", "MemoryError"),
        ("exit_process", "exception", "SystemExit: 3"),
        ("escape", "exception", "Escape"),
        ("wrong_result", "invalid_result", "'wrong_result' returned what does not fit"),
    ],
)
def test_job_fails_with_the_reason(platform: Platform, type_: str, code: str, message: str) -> None:
    payload = {"message": "on purpose"} if type_ == "raise_error" else {}
    id_ = platform.client.submit_one(type_, payload, max_attempts=1)
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["error"]["code"]) == ("failed", 1, code)
    assert message in job["error"]["message"]
    assert ("job_types.py" in job["error"].get("traceback", "")) is (code == "exception")
    (execution,) = platform.client.executions(id_)
    assert (execution["state"], execution["error"]) == ("failed", job["error"])


def test_what_fails_at_first_is_tried_again(platform: Platform) -> None:
    id_ = platform.client.submit_one("fail_until", {"n": 2})
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["result"]) == ("completed", 2, {"n": 2})
    assert job["error"] is None
    assert [e["state"] for e in platform.client.executions(id_)] == ["failed", "completed"]
    (event,) = platform.client.events(id_)
    assert event["kind"] == "retried"


@pytest.mark.parametrize("payload", [{"n": "not a number"}, {"unknown": 1}, [1]])
def test_unfit_payload_fails_without_another_try(platform: Platform, payload: object) -> None:
    id_ = platform.client.submit_one("echo", payload)
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"]) == ("failed", 1)
    assert job["error"]["code"] == "invalid_payload"


@prefork_only
@pytest.mark.parametrize("type_", ["kill_process", "leave_process"])
def test_job_that_ends_its_process(platform: Platform, type_: str) -> None:
    id_ = platform.client.submit_one(type_, max_attempts=2)
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["error"]["code"]) == ("failed", 2, "lost")
    assert platform.client.begun(id_) == ["lost", "lost"]
    assert [e["kind"] for e in platform.client.events(id_)] == ["lost", "lost"]


@prefork_only
def test_poison_in_a_batch_fails_alone(platform: Platform) -> None:
    platform.learn("member", *({"n": n} for n in range(20)))
    payloads: list[dict[str, object]] = [{"n": n} for n in range(51)]
    payloads[20]["poison"] = True
    ids = platform.client.submit("member", *payloads)
    platform.wait_final(*ids)
    poison, good = ids[20], ids[:20] + ids[21:]
    jobs = platform.client.jobs(good)
    assert {(job["status"], job["attempt"]) for job in jobs} == {("completed", 1)}
    job = platform.client.job(poison)
    assert (job["status"], job["attempt"], job["error"]["code"]) == ("failed", 3, "lost")
    sizes = [its["size"] for its in platform.client.leases(poison) if its["claimed_at"]]
    assert sizes[0] > 1
    assert sizes[1:] == [1, 1, 1]


def test_sessions_do_not_pile_up(platform: Platform, worker: Process) -> None:
    """One for the presence and one for its errands; two for each slot: its jobs, its keeper."""
    platform.wait_final(*platform.client.submit("echo", *({"n": n} for n in range(100))))
    # Postgres shows one that was closed for a moment longer.
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    platform.wait_until(
        lambda: platform.database.one(sessions, [worker.name]) <= 2 + 2 * 2, what="there are few"
    )
