"""Executors that are long gone are removed, and only those."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from executors.models import Executor, Member
from scheduling.forgetting import forget_one
from scheduling.models import TaskExecutor
from tests.support.rows import make_executor, make_lease, make_member
from tests.support.tasks import make_task

pytestmark = pytest.mark.django_db


def offline(executor: Executor, days: float, **fields: Any) -> Executor:
    """Offline, and last heard of so many days ago."""
    heard = timezone.now() - timedelta(days=days)
    Executor.objects.filter(pk=executor.pk).update(status="offline", last_heartbeat=heard, **fields)
    return executor


def forgotten() -> set[str]:
    """The names of all that are removed, one after the other."""
    before = set(Executor.objects.values_list("name", flat=True))
    while forget_one():
        pass
    return before - set(Executor.objects.values_list("name", flat=True))


def test_workers_that_are_long_gone_are_forgotten():
    offline(make_executor("old"), 31)
    offline(make_executor("young"), 29)
    offline(make_executor("drained"), 31, drained_by="somebody")
    Executor.objects.filter(pk=make_executor("alive").pk).update(
        last_heartbeat=timezone.now() - timedelta(days=31)
    )
    assert forgotten() == {"old"}


@pytest.mark.parametrize(
    ("fields", "goes"),
    [
        ({"heartbeat_timeout": 90.0}, True),
        ({"health_interval": 86_400.0, "checks_failed": 31}, True),
        ({"health_interval": 86_400.0, "checks_failed": 29}, False),
        ({"health_interval": 30.0, "checks_failed": 3}, False),
        ({"shut": True, "left_days": 31}, True),
        ({"shut": True, "left_days": 29, "heartbeat_timeout": 90.0}, False),
        ({"shut": True}, False),
    ],
)
def test_an_http_executor_is_forgotten_by_how_long_it_has_been_away(
    fields: dict[str, Any], goes: bool
):
    if left := fields.get("left_days"):
        fields = {name: value for name, value in fields.items() if name != "left_days"}
        fields["left_at"] = timezone.now() - timedelta(days=left)
    offline(make_member(**fields).executor, 31)
    assert forgotten() == ({"shop:one"} if goes else set())
    assert Member.objects.count() == (0 if goes else 1)


def test_the_last_executor_that_a_task_is_linked_to_is_kept():
    members = [make_member(instance_id=name, heartbeat_timeout=90.0) for name in ("a", "b")]
    for days, member in zip((40, 31), members, strict=True):
        offline(member.executor, days)
    task = make_task(type="echo", payload={"n": 1})
    for member in members:
        TaskExecutor.objects.create(task=task, executor=member.executor)
    assert forgotten() == {"shop:a"}
    task.delete()
    assert forgotten() == {"shop:b"}


def test_what_it_still_has_is_lost():
    executor = offline(make_executor("old"), 31)
    lease = make_lease(executor, "assigned")
    assert forgotten() == {"old"}
    lease.refresh_from_db()
    assert lease.state == "lost"


def test_for_ever_means_never(settings: Any):
    settings.CELERIAC = settings.CELERIAC | {"KEEP_EXECUTORS": None}
    offline(make_executor("old"), 9999)
    assert forgotten() == set()
