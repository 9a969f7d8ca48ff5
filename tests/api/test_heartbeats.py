"""Heartbeats of HTTP executors: what they tell, and what they are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from executors.api import shapes
from executors.models import Executor, Lease, Member
from executors.states import ExecutionState
from jobs.ids import uuid7
from jobs.models import Job
from jobs.states import JobState
from tests.api.client import NOWHERE, Api, fields, problem
from tests.support.rows import make_executor, make_member
from tests.support.situations import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def its_own() -> Api:
    return Api("executor", group="shop")


def beat(api: Api, executor: Executor, *executions: object, **body: Any) -> dict[str, Any]:
    body = {"executions": [str(one) for one in executions]} | body
    answer = api.post(f"executors/{executor.id}/heartbeat", body)
    assert answer.status_code == 200, answer.content
    shapes.Heard.model_validate_json(answer.content)
    return answer.json()


class TestHeartbeats:
    """What an executor works on, and what it is to stop."""

    def test_it_moves_the_time_and_says_what_is_held(self, its_own: Api, member: Executor):
        Executor.objects.update(last_heartbeat=timezone.now() - timedelta(hours=1))
        it = running(executor=member)
        assert beat(its_own, member, it.executions[0].id) == {"status": "online", "cancel": []}
        member.refresh_from_db()
        assert timezone.now() - member.last_heartbeat < timedelta(minutes=1)
        assert [str(id_) for id_ in member.held] == [it.lease_id]

    @pytest.mark.parametrize("body", [None, {}, {"executions": None}])
    def test_one_that_does_not_say_loses_nothing(self, its_own: Api, member: Executor, body: Any):
        it = running(executor=member)
        Lease.objects.update(accepted_at=timezone.now() - timedelta(minutes=1))
        path = f"executors/{member.name}/heartbeat"
        answer = its_own.post(path, b"" if body is None else body)
        assert answer.json() == {"status": "online", "cancel": []}
        it.refresh()
        assert it.executions[0].state == ExecutionState.RUNNING

    def test_what_it_took_and_no_longer_knows_is_lost_at_once(self, its_own: Api, member: Executor):
        it = running(executor=member)
        Lease.objects.update(accepted_at=timezone.now() - timedelta(minutes=1))
        beat(its_own, member)
        it.refresh()
        assert it.executions[0].state == ExecutionState.LOST
        assert it.jobs[0].status == JobState.QUEUED

    @pytest.mark.parametrize("age", [None, timedelta(0)])
    def test_what_is_on_its_way_is_not_lost(self, its_own: Api, member: Executor, age: Any):
        it = running(executor=member)
        Lease.objects.update(accepted_at=None if age is None else timezone.now() - age)
        beat(its_own, member)
        it.refresh()
        assert it.executions[0].state == ExecutionState.RUNNING

    def test_it_is_told_to_stop_what_was_cancelled_or_is_not_its_any_more(
        self, its_own: Api, member: Executor
    ):
        goes_on, stops = running(executor=member), running(executor=member)
        Job.objects.filter(id=stops.jobs[0].id).update(cancel_requested_at=timezone.now())
        elsewhere = running(executor=make_member(instance_id="two").executor)
        unknown = uuid7()
        ids = [goes_on.executions[0].id, stops.executions[0].id, elsewhere.executions[0].id]
        heard = beat(its_own, member, *ids, unknown)
        assert heard["cancel"] == sorted(map(str, [ids[1], ids[2], unknown]))
        assert beat(its_own, member, executions=None)["cancel"] == [str(ids[1])]

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({}, "online"),
            ({"drained_by": "ada"}, "draining"),
            ({"shut": True}, "offline"),
            ({"checks_failed": 3}, "offline"),
        ],
    )
    def test_silence_alone_ends_with_it(
        self, its_own: Api, member: Executor, before: dict[str, Any], after: str
    ):
        Executor.objects.update(status="offline", drained_by=before.pop("drained_by", None))
        Member.objects.update(**before)
        assert beat(its_own, member)["status"] == after

    def test_nonsense_is_refused(self, its_own: Api, member: Executor):
        path = f"executors/{member.id}/heartbeat"
        assert set(fields(its_own.post(path, {"executions": ["x"]}))) == {"executions[0]"}
        assert set(fields(its_own.post(path, {"executions": [uuid7()] * 10_001}))) == {"executions"}
        assert set(fields(its_own.post(path, {"held": []}))) == {"held"}
        problem(its_own.post(path, []), 400)

    def test_of_a_worker_or_nobody(self, admin: Api):
        problem(admin.post(f"executors/{make_executor('w1').id}/heartbeat", {}), 404)
        problem(admin.post(f"executors/{NOWHERE}/heartbeat", {}), 404)
