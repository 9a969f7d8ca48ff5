"""Status, health and removal of HTTP executors; whose token may do what."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.utils import timezone

from executors.api import shapes
from executors.models import Execution, Executor, HealthCheck, Member
from executors.states import ExecutionState, LeaseState
from jobs.models import Job
from jobs.states import JobState
from jobs.tokens import OtherGroup, issue_token
from tests.api.client import NOWHERE, Api, problem
from tests.support.rows import make_executor, make_member
from tests.support.situations import assigned, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def its_own() -> Api:
    return Api("executor", group="shop")


class TestStatus:
    """Drain, resume, go offline."""

    def test_a_worker_is_drained_and_resumed_by_an_operator(self, operator: Api):
        it = assigned()
        answer = operator.patch(f"executors/{it.executor.name}/status", {"status": "draining"})
        shown = shapes.Executor.model_validate_json(answer.content)
        assert (shown.status, shown.drained_by) == ("draining", operator.name)
        it.refresh()
        assert it.lease.state == LeaseState.RELEASED
        answer = operator.patch(f"executors/{it.executor.id}/status", {"status": "online"})
        assert (answer.json()["status"], answer.json()["drained_by"]) == ("online", None)

    def test_a_worker_is_not_set_offline(self, operator: Api):
        make_executor("w1")
        answer = operator.patch("executors/w1/status", {"status": "offline"})
        assert problem(answer, 409)["type"].endswith("status_refused")

    def test_a_member_sets_its_own(self, its_own: Api, member: Executor):
        path = f"executors/{member.id}/status"
        assert its_own.patch(path, {"status": "draining"}).json()["drained_by"] is None
        assert its_own.patch(path, {"status": "offline"}).json()["status"] == "offline"
        assert Member.objects.get().shut
        assert its_own.patch(path, {"status": "online"}).json()["status"] == "online"

    def test_a_member_does_not_undo_a_person(self, its_own: Api, operator: Api, member: Executor):
        path = f"executors/{member.id}/status"
        operator.patch(path, {"status": "draining"})
        assert operator.name in problem(its_own.patch(path, {"status": "online"}), 409)["detail"]

    @pytest.mark.parametrize("body", [{}, {"status": "busy"}, {"status": None}, [], {"x": 1}])
    def test_nonsense_is_refused(self, operator: Api, member: Executor, body: Any):
        problem(operator.patch(f"executors/{member.id}/status", body), 400)

    def test_of_nobody(self, operator: Api):
        problem(operator.patch(f"executors/{NOWHERE}/status", {"status": "online"}), 404)


class TestHealth:
    """What checks found."""

    def test_it_is_listed_page_by_page(self, viewer: Api, member: Executor):
        other = make_member(instance_id="two").executor
        for n in range(5):
            HealthCheck.objects.create(executor=member, healthy=n % 2 == 0, detail=f"check {n}")
            HealthCheck.objects.create(executor=other, healthy=True)
        pages = viewer.pages(f"executors/{member.name}/health", page_size=2)
        assert [[one["detail"] for one in page] for page in pages] == [
            ["check 4", "check 3"], ["check 2", "check 1"], ["check 0"],
        ]  # fmt: skip
        shapes.HealthCheck.model_validate(pages[0][0] | {"at": timezone.now()})
        problem(viewer.get(f"executors/{NOWHERE}/health"), 404)

    def test_an_executor_shows_its_last_check(self, viewer: Api):
        until = timezone.now() + timedelta(minutes=1)
        over, asked = uuid4(), uuid4()
        busy_with = {
            str(over): {"until": until.timestamp() - 90, "refusals": 1},
            str(asked): {"until": until.timestamp(), "refusals": 2},
        }
        member = make_member(
            busy_until=until, busy_with=busy_with, left_at=until, base_url="http://h"
        ).executor
        HealthCheck.objects.create(executor=member, healthy=True, seconds=0.5)
        HealthCheck.objects.create(executor=member, healthy=False, detail="503")
        answer = viewer.get(f"executors/{member.id}")
        shown = shapes.Executor.model_validate_json(answer.content)
        assert (shown.protocol, shown.group, shown.instance_id) == ("http", "shop", "one")
        assert (shown.base_url, shown.busy_until) == ("http://h", until)
        assert (shown.busy_with, shown.left_at) == ({asked: until}, until)
        assert shown.health is not None
        assert (shown.health.healthy, shown.health.detail) == (False, "503")

    def test_a_worker_has_none_of_it(self, viewer: Api):
        make_executor("w1")
        [shown] = viewer.get("executors").json()["results"]
        assert shown["protocol"] == "celery"
        for name in ("group", "instance_id", "base_url", "health", "busy_until", "busy_with"):
            assert shown[name] is None
        for name in ("left_at", "drained_by"):
            assert shown[name] is None
        assert viewer.get("executors/w1/health").json()["results"] == []

    def test_lists_by_group_and_protocol(self, viewer: Api, member: Executor):
        make_executor("w1")
        make_member("other")
        for query in ({"group": "shop"}, {"protocol": "http", "group": "shop"}):
            [found] = viewer.get("executors", **query).json()["results"]
            assert found["name"] == member.name
        assert len(viewer.get("executors", protocol="celery,http").json()["results"]) == 3


class TestRemoval:
    """An executor is removed for good; what it did stays."""

    def test_what_it_has_is_lost_and_what_it_had_stays(self, its_own: Api, viewer: Api):
        member = make_member().executor
        HealthCheck.objects.create(executor=member, healthy=True)
        it = running(executor=member)
        assert its_own.delete(f"executors/{member.id}").status_code == 204
        job, execution = Job.objects.get(), Execution.objects.get()
        assert (job.status, execution.state) == (JobState.QUEUED, ExecutionState.LOST)
        assert not Executor.objects.exists()
        assert not HealthCheck.objects.exists()
        [listed] = viewer.get(f"jobs/{it.jobs[0].id}/executions").json()["results"]
        assert (listed["id"], listed["executor"]) == (str(execution.id), None)
        problem(its_own.delete(f"executors/{member.id}"), 404)

    def test_a_worker_must_be_offline(self, admin: Api):
        make_executor("w1")
        assert "stop it first" in problem(admin.delete("executors/w1"), 409)["detail"]
        Executor.objects.update(status="offline")
        assert admin.delete("executors/w1").status_code == 204


class TestTokens:
    """A token of the role executor speaks for one group, and for nothing else."""

    def test_it_does_nothing_for_other_groups(self, its_own: Api):
        other = make_member("other").executor
        refusals = [
            its_own.post(f"executors/{other.id}/heartbeat", {}),
            its_own.patch(f"executors/{other.id}/status", {"status": "draining"}),
            its_own.delete(f"executors/{other.id}"),
            its_own.post("executors/register", {"name": "other"}),
            its_own.patch(f"executors/{make_executor('w1').id}/status", {"status": "draining"}),
            its_own.delete("executors/w1"),
        ]
        for refusal in refusals:
            assert "ask an administrator" in problem(refusal, 403)["detail"]
        assert set(Executor.objects.values_list("status", flat=True)) == {"online"}

    def test_it_opens_nothing_else(self, its_own: Api, member: Executor):
        for path in ("jobs", "executors", f"executors/{member.id}", "tasks", "executions"):
            problem(its_own.get(path), 403)
        problem(its_own.get(f"executors/{member.id}/health"), 403)
        problem(its_own.put("tasks/t/executors", {"executors": []}), 403)
        problem(its_own.post("tasks", {"name": "t"}), 403)

    @pytest.mark.parametrize("role", ["viewer", "operator"])
    def test_others_do_not_speak_for_executors(self, role: str, member: Executor):
        api = Api(role)
        problem(api.post("executors/register", {"name": "shop"}), 403)
        problem(api.post(f"executors/{member.id}/heartbeat", {}), 403)
        problem(api.delete(f"executors/{member.id}"), 403)

    def test_a_viewer_changes_no_status(self, viewer: Api, member: Executor):
        problem(viewer.patch(f"executors/{member.id}/status", {"status": "draining"}), 403)

    def test_a_role_without_a_group_or_a_group_without_the_role_is_not_enough(
        self, member: Executor
    ):
        problem(Api("executor").post(f"executors/{member.id}/heartbeat", {}), 403)
        viewer = Api("viewer", "another")
        user = User.objects.get(username="another")
        user.groups.add(Group.objects.get_or_create(name="executors of shop")[0])
        problem(viewer.post(f"executors/{member.id}/heartbeat", {}), 403)

    def test_an_admin_speaks_for_all(self, admin: Api, member: Executor):
        heard = admin.post(f"executors/{member.id}/heartbeat", {"executions": []}).json()
        assert heard["status"] == "online"

    def test_the_command_makes_one(self, member: Executor):
        out = StringIO()
        call_command("token", "--role", "executor", "--group", "shop", stdout=out)
        user = User.objects.get(username="shop")
        assert {group.name for group in user.groups.all()} == {"executor", "executors of shop"}
        assert len(out.getvalue().strip()) == 64

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--role", "executor", "--name", "x"],
            ["--role", "viewer", "--name", "x", "--group", "shop"],
            ["--role", "viewer"],
            ["--role", "executor", "--group", "a:b"],
        ],
    )
    def test_the_command_wants_a_group_for_this_role_alone(self, arguments: list[str]):
        with pytest.raises(CommandError):
            call_command("token", *arguments)

    def test_a_name_keeps_its_group(self):
        issue_token("ci", "executor", group="shop")
        issue_token("ci", "executor", group="shop")
        with pytest.raises(OtherGroup, match="shop"):
            issue_token("ci", "executor", group="other")
