"""Checks of health: what makes an executor offline, and what brings it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from executors.gateway import rows
from executors.gateway.calling import Caller
from executors.gateway.health import A_LOOK, AT_ONCE, Health, room_for
from executors.gateway.rows.checks import Finding
from executors.gateway.threads import in_transaction
from executors.members.models import HealthCheck
from executors.models import Executor
from tests.executors.gateway.conftest import Desk, make_member
from tests.support.local_server import Behaviour, Exchange, LocalServer


def check(desk: Desk) -> int:
    """Makes all checks that are due; how many."""

    async def work(caller: Caller) -> int:
        health = Health(caller)
        await health.check_due()
        return await health.finish()

    return desk.run(work)


def answering(status: int, **headers: str) -> Behaviour:
    async def behaviour(it: Exchange) -> None:
        await it.answer(status, b"a word", **headers)

    return behaviour


def checked(server: LocalServer, **fields: Any) -> Executor:
    """An executor that is due to be checked."""
    defaults = {"health_check_url": f"{server.url}/health", "next_check_at": timezone.now()}
    return make_member(server.url, **(defaults | fields))


def later(executor: Executor) -> None:
    """Time goes by until its next check is due."""
    executor.member.next_check_at = timezone.now() - timedelta(seconds=0.1)
    executor.member.save()


def status_of(executor: Executor) -> str:
    executor.refresh_from_db()
    executor.member.refresh_from_db()
    return executor.status


def test_a_group_that_has_enough_checks_under_way_leaves_room_for_others() -> None:
    assert room_for(Counter()) == (A_LOOK, [])
    alone = AT_ONCE * 3 // 4
    _, full = room_for(Counter(slow=alone + 1))
    assert full == ["slow"]
    limit, full = room_for(Counter(slow=alone + 1, other=3))
    assert (full, limit > 0) == (["slow"], True)
    assert room_for(Counter(slow=AT_ONCE))[0] == 0


def test_a_check_of_a_group_that_has_enough_is_not_begun(desk: Desk) -> None:
    with LocalServer(answering(204)) as server:
        for name in ("slow:one", "other:one"):
            due = {"health_check_url": f"{server.url}/health", "next_check_at": timezone.now()}
            make_member(server.url, name, **due)
        with connection.cursor() as cursor:
            found = rows.checks.due(cursor, 10, besides=["slow"])
    assert [its.group for its in found] == ["other"]


def test_a_check_that_is_due_is_made_once_and_written_down(desk: Desk) -> None:
    with LocalServer(answering(204)) as server:
        # The next one is at a random moment of so many seconds.
        executor = checked(server, health_interval=1e8)
        assert check(desk) == 1
        assert check(desk) == 0

    (look,) = HealthCheck.objects.all()
    assert (str(look.executor_id), look.healthy, look.detail) == (executor.id, True, "")
    assert look.seconds is not None
    assert status_of(executor) == "online"
    assert executor.member.checks_passed == 1
    assert server.paths() == ["/health"]


def test_it_goes_offline_after_so_many_failures_and_back_after_so_many_successes(
    desk: Desk,
) -> None:
    with LocalServer(answering(500)) as server:
        executor = checked(server, failure_threshold=2, success_threshold=2)
        seen = []
        for behaviour in [answering(500)] * 2 + [answering(200)] * 2:
            server.behaviour = behaviour
            later(executor)
            check(desk)
            seen.append(status_of(executor))

    assert seen == ["online", "offline", "offline", "online"]
    details = list(HealthCheck.objects.order_by("id").values_list("healthy", "detail"))
    assert details[0] == (False, "It answered 500: a word")
    assert [healthy for healthy, _ in details] == [False, False, True, True]


def test_one_success_in_between_starts_the_count_anew(desk: Desk) -> None:
    with LocalServer(answering(500)) as server:
        executor = checked(server, failure_threshold=2)
        for status in (500, 200, 500):
            server.behaviour = answering(status)
            later(executor)
            check(desk)

    assert status_of(executor) == "online"


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ({"drained_by": "a person"}, "draining"),
        ({"shut": True}, "offline"),
        ({"heartbeat_timeout": 60.0}, "online"),
        ({"heartbeat_timeout": 0.001}, "offline"),
    ],
)
def test_what_it_is_when_it_is_well_again(
    desk: Desk, member: dict[str, Any], expected: str
) -> None:
    with LocalServer(answering(200)) as server:
        executor = checked(server, status="offline", **member)
        check(desk)

    assert status_of(executor) == expected


def test_one_that_was_shut_is_not_looked_at(desk: Desk) -> None:
    with LocalServer(answering(200)) as server:
        checked(server, shut=True)
        assert check(desk) == 0


def test_the_next_check_is_an_interval_after_the_last_was_due(desk: Desk) -> None:
    due = timezone.now() - timedelta(seconds=5)
    with LocalServer(answering(200)) as server:
        executor = checked(server, next_check_at=due, checks_passed=1, health_interval=30.0)
        check(desk)

    executor.member.refresh_from_db()
    assert executor.member.next_check_at == due + timedelta(seconds=30)


@pytest.mark.parametrize("fields", [{}, {"checks_passed": 1, "health_interval": 1.0}])
def test_checks_of_many_are_spread(desk: Desk, fields: dict[str, Any]) -> None:
    """Those that registered together, or waited together for a gateway, don't stay together."""
    due = timezone.now() - timedelta(seconds=5)
    with LocalServer(answering(200)) as server:
        for n in range(20):
            checked(server, name=f"group:{n}", next_check_at=due, **fields)
        assert check(desk) == 20

    times: set[datetime] = set()
    for member in Executor.objects.select_related("member"):
        assert member.member.next_check_at > due
        times.add(member.member.next_check_at)
    assert len(times) == 20


def test_a_finding_about_one_that_was_removed_changes_nothing(desk: Desk) -> None:
    with LocalServer(answering(200)) as server:
        executor = checked(server)
    id_ = str(executor.id)
    executor.delete()

    async def work(_: Caller) -> None:
        await in_transaction(lambda cursor: rows.checks.note(cursor, [Finding(id_, True, 0.1)]))

    desk.run(work)
    assert not HealthCheck.objects.exists()


@pytest.fixture
def silent() -> Callable[[float, float], Executor]:
    """An executor that has been silent for a while (s), and goes offline after another."""

    def make(silence: float, heartbeat_timeout: float) -> Executor:
        executor = make_member("http://127.0.0.1:1", heartbeat_timeout=heartbeat_timeout)
        executor.last_heartbeat = timezone.now() - timedelta(seconds=silence)
        executor.save()
        return executor

    return make


@pytest.mark.parametrize(
    ("silence", "heartbeat_timeout", "watching", "expected"),
    [
        (100, 90, 1000, "offline"),
        (30, 90, 1000, "online"),
        (100, 90, 80, "online"),
    ],
)
def test_silence_counts_while_somebody_listens(
    desk: Desk,
    silent: Callable[[float, float], Executor],
    silence: float,
    heartbeat_timeout: float,
    watching: float,
    expected: str,
) -> None:
    executor = silent(silence, heartbeat_timeout)

    async def work(_: Caller) -> None:
        await in_transaction(lambda cursor: rows.watch.retire_silent(cursor, watching))

    desk.run(work)
    assert status_of(executor) == expected
