"""What HTTP executors report of executions, over the API."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from executors import leases
from executors.members import signing
from executors.models import Executor, LogLine, Member
from executors.states import ExecutionState, LeaseState
from jobs import keyvalue
from jobs.ids import uuid7
from jobs.models import Job
from jobs.states import JobState
from tests.api.client import fields, problem
from tests.support.rows import make_member
from tests.support.situations import Situation, running

COMPLETED = {"status": "completed", "result": {"sum": 3}}
FAILED = {"status": "failed", "error": {"code": "no_paper", "message": "There is no paper."}}
PROGRESS = {"status": "progress", "progress": 0.5, "logs": ["half-way"]}


@pytest.fixture
def it(db: None) -> Situation:
    return running(executor=make_member().executor, type="add_numbers", max_attempts=1)


def path(execution_id: object) -> str:
    return f"/api/v1/executions/{execution_id}/callback"


def token(execution_id: object) -> str:
    return signing.token_of(django_settings.SECRET_KEY, str(execution_id))


def send(execution_id: object, body: Any, **headers: str) -> HttpResponse:
    if isinstance(body, dict):
        body = json.dumps({"token": token(execution_id)} | body)
    client = Client(raise_request_exception=False, headers=headers)
    return client.post(path(execution_id), body, content_type="application/json")


def accepted(it: Situation, body: dict[str, Any]) -> bool:
    answer = send(it.executions[0].id, body)
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"accepted"}
    it.refresh()
    return answer.json()["accepted"]


def log() -> list[tuple[str, int]]:
    return list(LogLine.objects.order_by("number").values_list("text", "level"))


def test_the_token_alone_lets_a_report_in(it: Situation):
    assert accepted(it, COMPLETED)
    assert (it.jobs[0].status, it.jobs[0].result) == (JobState.COMPLETED, {"sum": 3})
    assert it.lease.state == LeaseState.FINISHED


@pytest.mark.parametrize("order", list(permutations(["completed", "failed", "progress"])))
def test_in_any_order_the_first_ending_wins(it: Situation, order: tuple[str, ...]):
    bodies = {"completed": COMPLETED, "failed": FAILED, "progress": PROGRESS}
    ending = next(name for name in order if name != "progress")
    for name in order:
        expected = name == ending or (name == "progress" and order[0] == "progress")
        assert accepted(it, bodies[name]) == expected
        assert not (name == ending and accepted(it, bodies[name])), "the same again"
    assert it.jobs[0].status == ending
    assert len(log()) == (order[0] == "progress")


def test_a_failure_and_its_log_are_kept(it: Situation):
    body = {
        "status": "failed",
        "error": {"code": "E7", "message": "no\x00paper", "traceback": "line 1", "permanent": True},
        "logs": ["plain", {"text": "grave", "level": "error", "at": 1_700_000_000.5}],
    }
    assert accepted(it, body)
    assert it.jobs[0].error["code"] == "E7"
    assert it.jobs[0].error["message"] == "no\N{SYMBOL FOR NULL}paper"
    assert it.jobs[0].error["traceback"] == "line 1"
    assert log() == [("plain", 20), ("grave", 40)]
    assert LogLine.objects.get(text="grave").at.timestamp() == 1_700_000_000.5


def test_plain_forms_are_taken(it: Situation):
    assert accepted(it, {"status": "progress", "progress": 1, "logs": "one\ntwo"})
    assert it.jobs[0].progress == {"fraction": 1.0, "message": ""}
    assert accepted(it, {"status": "failed", "error": "It went wrong."})
    assert it.jobs[0].error == {"code": "failed", "message": "It went wrong."}
    assert [text for text, _ in log()] == ["one", "two"]


def test_a_report_about_a_lost_execution_comes_too_late(it: Situation, cursor: Any):
    Job.objects.update(max_attempts=3)
    leases.lose(cursor, [it.lease_id], "Its executor went silent.")
    assert not accepted(it, COMPLETED)
    assert it.jobs[0].status == JobState.QUEUED
    assert it.executions[0].state == ExecutionState.LOST


def test_of_nothing_that_is_known(it: Situation):
    answer = send(uuid7(), COMPLETED)
    assert (answer.status_code, answer.json()) == (200, {"accepted": False})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [{"status": "completed", "result": {"sum": 4}}, FAILED])
def test_of_two_at_once_one_is_accepted(second: dict[str, Any]):
    it = running(type="add_numbers", max_attempts=1)
    start = Barrier(2)

    def report(body: dict[str, Any]) -> bool:
        start.wait()
        try:
            return bool(send(it.executions[0].id, body).json()["accepted"])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(report, [COMPLETED, second]))
    assert sorted(answers) == [False, True]
    it.refresh()
    winner = [COMPLETED, second][answers.index(True)]
    assert (it.jobs[0].status, it.jobs[0].result) == (winner["status"], winner.get("result"))


@pytest.mark.parametrize(
    "wrong", ["", "x", "0" * 64, "grün", "\x00", signing.token_of("another key", "x")]
)
def test_a_wrong_token_is_refused_and_changes_nothing(it: Situation, wrong: str):
    answer = send(it.executions[0].id, COMPLETED | {"token": wrong})
    assert "not the token" in problem(answer, 403)["detail"]
    it.refresh()
    assert it.jobs[0].status == JobState.RUNNING


def test_the_token_of_another_execution_is_a_wrong_one(it: Situation):
    problem(send(it.executions[0].id, COMPLETED | {"token": token(uuid7())}), 403)


def test_an_api_token_is_none_of_an_execution(it: Situation):
    body = json.dumps(COMPLETED)
    answer = send(it.executions[0].id, body, Authorization="Token " + "0" * 64)
    assert fields(answer) == {"token": "required"}


def test_guessing_ends_soon_and_locks_nobody_else_out(it: Situation, settings: Any):
    settings.RATES = settings.RATES | {"callback": "3/h"}
    keyvalue.resume()
    guess = COMPLETED | {"token": "x"}
    statuses = [send(it.executions[0].id, guess).status_code for _ in range(5)]
    assert statuses == [403, 403, 403, 429, 429]
    problem(send(it.executions[0].id, COMPLETED), 429)
    elsewhere = Client(REMOTE_ADDR="192.0.2.7").post(
        path(it.executions[0].id),
        json.dumps({"token": token(it.executions[0].id)} | COMPLETED),
        content_type="application/json",
    )
    assert elsewhere.json() == {"accepted": True}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, "status"),
        ({"status": "done"}, "status"),
        ({"status": "lost"}, "status"),
        (COMPLETED | {"surprise": 1}, "surprise"),
        ({"status": "progress", "progress": 1.5}, "progress.fraction"),
        ({"status": "progress", "progress": True}, "progress"),
        ({"status": "progress", "progress": {"fraction": "half"}}, "progress.fraction"),
        ({"status": "progress", "sequence": -1}, "sequence"),
        ({"status": "progress", "sequence": 2**31}, "sequence"),
        ({"status": "progress", "logs": [7]}, "logs[0]"),
        ({"status": "progress", "logs": [{"text": "x", "level": "loud"}]}, "logs[0].level"),
        ({"status": "progress", "logs": ["x"] * 10_001}, "logs"),
        ({"status": "failed", "error": {"code": "x"}}, "error.message"),
        ({"status": "failed", "error": {"code": "\0", "message": "x"}}, "error.code"),
    ],
)
def test_nonsense_is_refused_by_field(it: Situation, body: dict[str, Any], wrong: str):
    assert set(fields(send(it.executions[0].id, body))) == {wrong}
    it.refresh()
    assert it.jobs[0].status == JobState.RUNNING


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"token": NaN}', b"[" * 100_000]
)
def test_hostile_bodies_are_refused(it: Situation, body: bytes):
    problem(send(it.executions[0].id, body), 400)


def test_a_body_is_no_larger_than_a_result_and_a_log(it: Situation, settings: Any):
    limits = {"RESULT_MAX_BYTES": 1000, "LOG_MAX_BYTES": 1000}
    settings.CELERIAC = settings.CELERIAC | limits
    assert accepted(it, {"status": "completed", "result": "x" * 2000})
    assert (it.jobs[0].status, it.jobs[0].error["code"]) == (JobState.FAILED, "invalid_result")


LARGE = {"RESULT_MAX_BYTES": 1000, "LOG_MAX_BYTES": 1000}
TOO_LARGE = "x" * 80_000


@pytest.mark.parametrize("first", [["token", "status"], ["status", "token"]])
def test_a_last_report_that_is_too_large_fails_the_job_at_once(
    it: Situation, settings: Any, first: list[str]
):
    settings.CELERIAC = settings.CELERIAC | LARGE
    Job.objects.update(max_attempts=3)
    known = {"token": token(it.executions[0].id), "status": "completed"}
    body = {name: known[name] for name in first} | {"result": TOO_LARGE}
    problem(send(it.executions[0].id, json.dumps(body, indent=1)), 413)
    it.refresh()
    assert (it.jobs[0].status, it.lease.state) == (JobState.FAILED, LeaseState.FINISHED)
    assert it.jobs[0].error["code"] == "result_too_large"
    assert "RESULT_MAX_BYTES" in it.jobs[0].error["message"]
    assert not accepted(it, COMPLETED)


@pytest.mark.parametrize(
    "body",
    [
        {"status": "progress", "logs": [TOO_LARGE]},
        {"status": "nonsense", "result": TOO_LARGE},
        {"result": TOO_LARGE, "status": "completed"},
        {"status": None, "result": TOO_LARGE},
    ],
)
def test_what_is_too_large_and_no_last_report_fails_nothing(
    it: Situation, settings: Any, body: dict[str, Any]
):
    settings.CELERIAC = settings.CELERIAC | LARGE
    problem(send(it.executions[0].id, body), 413)
    it.refresh()
    assert it.jobs[0].status == JobState.RUNNING


def test_nobody_else_fails_a_job_by_what_is_too_large(it: Situation, settings: Any):
    settings.CELERIAC = settings.CELERIAC | LARGE
    settings.RATES = settings.RATES | {"callback": "2/h"}
    keyvalue.resume()
    for number, status in enumerate([403, 403, 429]):
        guess = {"token": f"{number:064}", "status": "completed", "result": TOO_LARGE}
        problem(send(it.executions[0].id, guess), status)
    it.refresh()
    assert it.jobs[0].status == JobState.RUNNING


def test_a_large_report_that_must_be_signed_fails_nothing(it: Situation, settings: Any):
    settings.CELERIAC = settings.CELERIAC | LARGE
    Member.objects.update(require_signature=True)
    problem(signed(it, {"status": "completed", "result": TOO_LARGE}), 413)
    it.refresh()
    assert it.jobs[0].status == JobState.RUNNING


def signed(it: Situation, body: dict[str, Any], **changes: Any) -> HttpResponse:
    id_ = str(it.executions[0].id)
    text = json.dumps({"token": token(id_)} | body)
    version = changes.get("version", 1)
    secret = signing.secret_of(django_settings.SECRET_KEY, str(it.executor.id), version)
    now = time.time() + changes.get("skew", 0)
    return send(id_, changes.get("sent", text), **signing.headers(secret, text.encode(), now))


def test_who_registered_so_must_sign(it: Situation):
    Member.objects.update(require_signature=True)
    assert "missing" in problem(send(it.executions[0].id, COMPLETED), 403)["detail"]
    assert "300 seconds" in problem(signed(it, COMPLETED, skew=-301), 403)["detail"]
    assert "300 seconds" in problem(signed(it, COMPLETED, skew=400), 403)["detail"]
    problem(signed(it, COMPLETED, version=2), 403)
    other = json.dumps({"token": token(it.executions[0].id), **FAILED})
    assert "does not match" in problem(signed(it, COMPLETED, sent=other), 403)["detail"]
    assert signed(it, COMPLETED).json() == {"accepted": True}


def test_others_may_sign(it: Situation):
    assert signed(it, COMPLETED).json() == {"accepted": True}


def test_tokens_are_in_no_log(it: Situation, caplog: Any):
    with caplog.at_level(logging.DEBUG):
        send(it.executions[0].id, COMPLETED)
        send(it.executions[0].id, COMPLETED | {"token": "a-wrong-token", "surprise": 1})
        send(it.executions[0].id, {"status": "surprise"})
    said = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert token(it.executions[0].id) not in said
    assert "a-wrong-token" not in said


def test_only_posts_are_taken(it: Situation):
    problem(Client().get(path(it.executions[0].id)), 405)
    assert Executor.objects.count() == 1
