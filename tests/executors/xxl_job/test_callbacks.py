"""Executors of XXL-JOB call back, in the ways of all versions."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from executors.protocols.xxl_job import numbering
from jobs.models import Job
from tests.executors.xxl_job.conftest import GOOD, PLACES, told
from tests.support.situations import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_id() -> int:
    """The number of a run under way."""
    it = running(1, type="external")
    executor_id, execution_id = str(it.executor.id), str(it.executions[0].id)
    with connection.cursor() as cursor:
        return numbering.give(cursor, execution_id, executor_id, "task:1", "sequential").log_id


def ended(log_id: int, code: int = 200, message: str = "done") -> dict[str, Any]:
    return {"logId": log_id, "logDateTim": 1, "handleCode": code, "handleMsg": message}


@pytest.mark.parametrize("place", PLACES)
def test_a_callback_completes_the_job(client: Client, log_id: int, place: str) -> None:
    assert told(client, "callback", [ended(log_id)], place=place) == GOOD

    job = Job.objects.get()
    assert (job.status, job.result) == ("completed", "done")


def test_a_callback_of_2_2_completes_the_job(client: Client, log_id: int) -> None:
    former = {"logId": log_id, "logDateTim": 1, "executeResult": {"code": 200, "msg": "done"}}
    told(client, "callback", [former])

    assert Job.objects.get().result == "done"


def test_the_first_result_wins(client: Client, log_id: int) -> None:
    told(client, "callback", [ended(log_id, message="first"), ended(log_id, message="second")])
    assert told(client, "callback", [ended(log_id, 500, "third")]) == GOOD

    job = Job.objects.get()
    assert (job.status, job.result) == ("completed", "first")


@pytest.mark.parametrize(
    "bad", [None, {}, [], {"logId": "x"}, ended(2**62), ended(-1), ended(0), ended(1, 0)]
)
def test_a_bad_item_does_not_spoil_the_others(client: Client, log_id: int, bad: object) -> None:
    assert told(client, "callback", [bad, ended(log_id), bad]) == GOOD
    assert Job.objects.get().status == "completed"


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"[1]", b'{"logId": 1}'])
def test_a_callback_is_always_taken(client: Client, body: bytes) -> None:
    assert told(client, "callback", body) == GOOD


@pytest.mark.parametrize(
    ("code", "error"), [(500, "failed"), (502, "timeout"), (501, "failed"), (400, "failed")]
)
def test_a_failed_run_fails_the_job(client: Client, log_id: int, code: int, error: str) -> None:
    Job.objects.update(max_attempts=1)
    told(client, "callback", [ended(log_id, code, "it broke")])

    job = Job.objects.get()
    assert (job.status, job.error["code"]) == ("failed", error)
    assert "it broke" in job.error["message"]


def test_a_failure_at_the_timeout_is_one(client: Client, log_id: int) -> None:
    Job.objects.update(max_attempts=1, timeout=5.0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE executors_xxlrun SET started_at = now() - interval '5 s'")
    told(client, "callback", [ended(log_id, 500, "TimeoutError")])

    assert Job.objects.get().error["code"] == "timeout"


def test_a_failure_before_the_timeout_is_none(client: Client, log_id: int) -> None:
    Job.objects.update(max_attempts=1, timeout=60.0)
    told(client, "callback", [ended(log_id, 500, "broken")])

    assert Job.objects.get().error["code"] == "failed"


def test_a_killed_run_of_a_job_that_was_cancelled_is_cancelled(client: Client, log_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET cancel_requested_at = now()")
    told(client, "callback", [ended(log_id, 500, "[job running, killed]")])

    assert Job.objects.get().status == "cancelled"


def test_a_result_that_is_too_long_fails_the_job(
    client: Client, log_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.CELERIAC, "RESULT_MAX_BYTES", 1000)
    told(client, "callback", [ended(log_id, message="x" * 2000)])

    assert Job.objects.get().status == "failed"


@pytest.mark.parametrize("message", ["a\0b", "a\ud83d", "😀", "", "<br>x</br>"])
def test_any_text_can_be_a_result(client: Client, log_id: int, message: str) -> None:
    told(client, "callback", [ended(log_id, message=message)])

    job = Job.objects.get()
    assert job.status == "completed"
    assert isinstance(job.result, str)
