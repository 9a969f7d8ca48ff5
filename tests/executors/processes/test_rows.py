"""Rows of processes: entered, kept fresh, left, and forgotten, by the database's clock."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from executors.models import Process
from executors.processes import reading, rows
from executors.processes.roles import ProcessRole
from executors.processes.rows import Instance
from jobs.ids import uuid7
from tests.support.races import Rival
from tests.support.rows import make_gateway

LIMIT = 100.0


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def make(role: str, silent: float = 0.0, **fields: Any) -> Process:
    return Process.objects.create(role=role, host="there", pid=7, last_beat=ago(silent), **fields)


def roles_of_living(cursor: Any) -> list[str]:
    return [its.role for its in reading.living(cursor, LIMIT)]


@pytest.mark.parametrize("role", ProcessRole)
def test_a_process_enters_beats_and_leaves(cursor: Any, role: ProcessRole) -> None:
    me = Instance(role)
    rows.beat(cursor, me)
    (row,) = Process.objects.all()
    assert (str(row.id), row.role, row.host, row.pid) == (me.id, role, me.host, me.pid)
    assert row.leader_since is row.ended_at is None

    Process.objects.update(last_beat=ago(LIMIT * 2))
    assert roles_of_living(cursor) == []
    rows.beat(cursor, me)
    assert roles_of_living(cursor) == [role]

    rows.leave(cursor, me)
    assert roles_of_living(cursor) == []


def test_it_is_as_old_as_the_process_even_if_its_row_was_removed(cursor: Any) -> None:
    me = Instance(ProcessRole.WEB, began=time.monotonic() - 1000)
    rows.beat(cursor, me)
    Process.objects.all().delete()
    rows.beat(cursor, me)
    age = timezone.now() - Process.objects.get().started_at
    assert 900 < age.total_seconds() < 1100


def test_a_leader_leads_since_its_first_beat_as_one_until_it_stands_by(cursor: Any) -> None:
    me = Instance(ProcessRole.BEAT)
    rows.beat(cursor, me, leads=True)
    Process.objects.update(leader_since=ago(50))
    rows.beat(cursor, me, leads=True)
    since = Process.objects.get().leader_since
    assert since
    assert (timezone.now() - since).total_seconds() > 40
    rows.beat(cursor, me, leads=False)
    assert Process.objects.get().leader_since is None


def test_a_leader_removes_what_is_long_dead_and_who_led_before(cursor: Any) -> None:
    kept = [
        make("web", silent=rows.FORGET_AFTER / 2),
        make("gateway", ended_at=ago(5)),
        make("beat", leader_since=ago(5)),
        make("dispatcher"),
    ]
    for role in ProcessRole:
        make(role, silent=rows.FORGET_AFTER * 10)
    make("dispatcher", leader_since=ago(5))
    me = Instance(ProcessRole.DISPATCHER)
    rows.beat(cursor, me, leads=True)
    found = {str(id_) for id_ in Process.objects.values_list("id", flat=True)}
    assert found == {me.id, *(str(row.id) for row in kept)}


def test_a_beat_that_leads_nothing_removes_nothing(cursor: Any) -> None:
    make("web", silent=rows.FORGET_AFTER * 10)
    rows.beat(cursor, Instance(ProcessRole.GATEWAY))
    assert Process.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_leader_waits_for_nobody_who_writes(rival: Rival) -> None:
    """Two leaders tidy up at once, or one while a process that was taken for dead beats again."""
    dead = make("web", silent=rows.FORGET_AFTER * 10)
    with rival.connection, rival.connection.cursor() as theirs, connection.cursor() as cursor:
        theirs.execute("UPDATE executors_process SET last_beat = now()")
        cursor.execute("SET lock_timeout = '5s'")
        rows.beat(cursor, Instance(ProcessRole.BEAT), leads=True)
        cursor.execute("RESET lock_timeout")
    assert Process.objects.filter(id=dead.id).exists()


@pytest.mark.parametrize(("silent", "there"), [(0.0, True), (LIMIT / 2, True), (LIMIT * 2, False)])
@pytest.mark.parametrize("ended", [False, True])
def test_a_gateway_is_there_until_the_limit_is_over_even_if_it_ended(
    cursor: Any, silent: float, there: bool, ended: bool
) -> None:
    make_gateway(last_beat=ago(silent), ended_at=ago(silent) if ended else None)
    assert reading.is_gateway_there(cursor, LIMIT) is there


def test_no_other_process_is_a_gateway(cursor: Any) -> None:
    for role in set(ProcessRole) - {ProcessRole.GATEWAY}:
        make(role)
    assert not reading.is_gateway_there(cursor, LIMIT)


def test_leaders_come_first(cursor: Any) -> None:
    make("beat", id=uuid7())
    make("beat", leader_since=ago(1))
    make("web")
    found = [(its.role, its.leads_since is not None) for its in reading.living(cursor, LIMIT)]
    assert found == [("web", False), ("beat", True), ("beat", False)]
