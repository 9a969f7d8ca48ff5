"""Executors are called: real servers in every dialect, and some that misbehave."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from executors.protocols.contract import Answer, Health, Taken
from executors.protocols.xxl_job.protocol import XxlJobProtocol
from executors.reports import Failure, ReportStatus
from tests.executors.xxl_job.conftest import call_of, member_of
from tests.support.rows import make_executor
from tests.support.xxl_executor import DIALECTS, Run, XxlExecutor

TASK = "01999999-0000-7000-8000-000000000001"
Gateway = Callable[[Callable[..., Any]], Any]
speaker = XxlJobProtocol()


def wait(run: Run) -> str:
    assert run.stopped.wait(60)
    return "stopped"


def ran(gateway: Gateway, call: Any) -> Answer:
    return gateway(lambda http: speaker.run(call, http))


def cancelled(gateway: Gateway, call: Any) -> bool:
    return gateway(lambda http: speaker.cancel(call, http))


def failure_of(answer: Answer) -> Failure:
    assert answer.report is not None
    assert answer.report.status is ReportStatus.FAILED
    assert answer.report.failure is not None
    return answer.report.failure


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_run_is_accepted(gateway: Gateway, dialect: str) -> None:
    with XxlExecutor({"report": wait}, dialect=dialect) as there:
        call = call_of(member_of(there), timeout=90.0)
        answer = ran(gateway, call)

    assert answer == Answer(Taken.ACCEPTED)
    [told] = there.asked("/run")
    assert told["executorHandler"] == "report"
    assert told["executorParams"] == "daily"
    assert told["executorTimeout"] == 90
    assert told["glueType"] == "BEAN"
    assert there.asked("/idleBeat") == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_handler_that_is_not_there_fails_the_attempt_alone(
    gateway: Gateway, dialect: str
) -> None:
    with XxlExecutor({}, dialect=dialect) as there:
        answer = ran(gateway, call_of(member_of(there)))

    assert answer.taken is Taken.ANSWERED
    failure = failure_of(answer)
    assert failure.code == "refused"
    assert "not found" in failure.message
    assert not failure.permanent


@pytest.mark.parametrize("mode", ["sequential", "skip"])
def test_an_executor_that_still_runs_the_task_is_busy(gateway: Gateway, mode: str) -> None:
    with XxlExecutor({"report": wait}) as there:
        executor = member_of(there)
        first = ran(gateway, call_of(executor, task_id=TASK, mode=mode))
        second = ran(gateway, call_of(executor, task_id=TASK, mode=mode))
        other = ran(gateway, call_of(executor, mode=mode))

    assert (first.taken, second.taken, other.taken) == (
        Taken.ACCEPTED, Taken.BUSY, Taken.ACCEPTED,
    )  # fmt: skip
    assert "running" in second.detail
    assert len(there.asked("/run")) == 2


def test_parallel_jobs_of_a_task_run_beside_each_other(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        executor = member_of(there)
        answers = [ran(gateway, call_of(executor, task_id=TASK)) for _ in range(3)]
        told = there.asked("/run")

        assert {answer.taken for answer in answers} == {Taken.ACCEPTED}
        assert len({body["jobId"] for body in told}) == 3
        assert len({body["logId"] for body in told}) == 3
        assert not any(run.stopped.is_set() for run in there.runs.values())
        assert len(there._running) == 3


def test_a_later_job_of_replace_covers_the_earlier_one(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        executor = member_of(there)
        for _ in range(2):
            ran(gateway, call_of(executor, task_id=TASK, mode="replace"))
        earlier, later = there.asked("/run")

    assert earlier["jobId"] == later["jobId"]
    assert later["executorBlockStrategy"] == "COVER_EARLY"
    assert there.runs[earlier["logId"]].stopped.is_set()


def test_the_same_numbers_are_used_on_every_executor(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as one, XxlExecutor({"report": wait}) as two:
        for there in (one, two):
            ran(gateway, call_of(member_of(there), task_id=TASK))

    assert one.asked("/run")[0]["jobId"] == two.asked("/run")[0]["jobId"]
    assert one.asked("/run")[0]["logId"] != two.asked("/run")[0]["logId"]


def test_a_shard_says_which_it_is(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        ran(gateway, call_of(member_of(there), shard_index=2, shard_total=5))
        [told] = there.asked("/run")

    assert (told["broadcastIndex"], told["broadcastTotal"]) == (2, 5)


@pytest.mark.parametrize("handler", ["GLUE_SHELL", "glue_python", "GLUE(Java)"])
def test_a_script_is_refused_for_good(gateway: Gateway, handler: str) -> None:
    with XxlExecutor({handler: wait}) as there:
        answer = ran(gateway, call_of(member_of(there), handler=handler))

    assert answer.taken is Taken.ANSWERED
    assert failure_of(answer).code == "glue_refused"
    assert failure_of(answer).permanent
    assert there.calls == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b'"OK"', b"{}", b'{"code": "OK"}'])
def test_what_is_no_answer_is_a_failed_hand_over(gateway: Gateway, body: bytes) -> None:
    with XxlExecutor({"report": wait}) as there:
        there.instead["/run"] = body
        answer = ran(gateway, call_of(member_of(there)))

    assert answer.taken is Taken.FAILED
    assert answer.detail


@pytest.mark.parametrize("body", [b"[]", b'[{"logId": 1, "handleCode": 200}]', b'{"code": 500}'])
def test_anything_but_an_object_with_code_200_is_a_failure(gateway: Gateway, body: bytes) -> None:
    with XxlExecutor({"report": wait}) as there:
        there.instead["/run"] = body
        answer = ran(gateway, call_of(member_of(there)))

    assert answer.taken is Taken.ANSWERED
    assert failure_of(answer).message


def test_an_executor_that_is_not_found_is_a_failed_hand_over(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        there.missing = {"/run"}
        answer = ran(gateway, call_of(member_of(there)))

    assert (answer.taken, answer.uncertain) == (Taken.FAILED, False)


def test_a_wrong_token_is_a_failure_and_no_health(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}, token="another") as there:
        call = call_of(member_of(there))
        answer = ran(gateway, call)
        health = gateway(lambda http: speaker.check(call.target, http))

    assert "token" in failure_of(answer).message
    assert health == Health(False, "It answered 500: The access token is wrong.")


def test_the_access_token_is_quoted_nowhere(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        call = call_of(member_of(there))
        echo = json.dumps({"code": 500, "msg": f"who sent {there.token}?"}).encode()
        there.instead = {"/run": echo, "/beat": echo}
        failure = failure_of(ran(gateway, call))
        health = gateway(lambda http: speaker.check(call.target, http))

    assert failure.message == health.detail == "It answered 500: who sent …?"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_beat_is_health(gateway: Gateway, dialect: str) -> None:
    with XxlExecutor(dialect=dialect) as there:
        call = call_of(member_of(there))

        assert gateway(lambda http: speaker.check(call.target, http)) == Health(True)
    assert there.asked("/beat")


def test_a_run_is_killed_and_no_other(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        executor = member_of(there)
        calls = [call_of(executor, task_id=TASK) for _ in range(2)]
        for call in calls:
            ran(gateway, call)
        is_over = cancelled(gateway, calls[0])
        first, second = there.asked("/run")

        assert not is_over, "its callback is still to come"
        assert there.runs[first["logId"]].stopped.is_set()
        assert not there.runs[second["logId"]].stopped.is_set()


def test_a_run_that_its_executor_can_no_longer_kill_is_over(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        call = call_of(member_of(there))
        ran(gateway, call)
        there._running.clear()
        there.instead["/kill"] = b'{"code": 500, "msg": "Task kill err"}'

        assert cancelled(gateway, call)
    assert there.asked("/idleBeat") == there.asked("/kill")


def test_a_run_that_can_not_be_killed_goes_on(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        call = call_of(member_of(there))
        ran(gateway, call)
        there.instead["/kill"] = b'{"code": 500, "msg": "no"}'

        assert not cancelled(gateway, call)


def test_what_has_taken_the_place_of_a_run_is_not_killed_in_its_stead(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as there:
        executor = member_of(there)
        earlier = call_of(executor, task_id=TASK, mode="replace")
        ran(gateway, earlier)
        ran(gateway, call_of(executor, task_id=TASK, mode="replace"))

        assert cancelled(gateway, earlier)
    assert there.asked("/kill") == []


def test_the_same_task_elsewhere_is_no_reason_not_to_kill(gateway: Gateway) -> None:
    with XxlExecutor({"report": wait}) as one, XxlExecutor({"report": wait}) as two:
        calls = [call_of(member_of(there), task_id=TASK) for there in (one, two)]
        for call in calls:
            ran(gateway, call)
        cancelled(gateway, calls[0])

    assert len(one.asked("/kill")) == 1
    assert two.asked("/kill") == []


def test_an_executor_that_has_no_idle_beat_is_none_that_is_busy(gateway: Gateway) -> None:
    """A real server that answers 404 stands for clients that leave the call out."""
    with XxlExecutor({"report": wait}) as there:
        there.missing = {"/idleBeat"}
        answer = ran(gateway, call_of(member_of(there), mode="sequential"))

    assert answer == Answer(Taken.ACCEPTED)


def test_an_unknown_execution_is_over(gateway: Gateway) -> None:
    with XxlExecutor() as there:
        call = call_of(member_of(there))

        assert cancelled(gateway, call)
    assert there.calls == []


def test_a_busy_look_that_fails_has_started_nothing(gateway: Gateway) -> None:
    make_executor()
    with XxlExecutor({"report": wait}) as there:
        executor = member_of(there)
    answer = ran(gateway, call_of(executor, mode="sequential"))

    assert answer.taken is Taken.FAILED
    assert not answer.uncertain
