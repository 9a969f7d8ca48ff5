"""Executors of XXL-JOB come, go on living, and go."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from executors.members import heartbeat, leaving
from executors.members.reading import read_member
from executors.members.registering import NewMember, register
from executors.members.requests import MemberRequest
from executors.protocols.xxl_job.wire import asked
from executors.protocols.xxl_job.wire.envelope import NotUnderstood
from executors.protocols.xxl_job.wire.told import Registration
from executors.states import Protocol
from jobs import wake
from jobs.invalid import ErrorList
from jobs.reading import read
from jobs.sql import Cursor, retry_on_deadlock

BEAT_SECONDS = 30.0
"""Between the beats of an executor, which are registrations, and between checks of it."""

DEAD_SECONDS = 90.0
"""Of silence after which it is offline."""

ACTOR = "xxl-job"


def beat(told: Registration) -> None:
    """An executor is there: enters it, or notes that it lives, or that it is back.

    Raises `NotUnderstood` or `InvalidRequest` for one that can't be called, and
    `MemberNameTaken`.
    """
    instance_id = _instance_id(told.url)
    if not retry_on_deadlock(lambda: _go_on(told, instance_id)):
        new = _new_member(told, instance_id)
        retry_on_deadlock(lambda: _enter(new))
        wake.wake_dispatcher()


def sign_off(told: Registration) -> None:
    """An executor goes: it gets nothing new. One that is not known is none already.

    The Java library calls this first and ends its handlers afterwards, so that what runs may
    still be reported.
    """
    instance_id = _instance_id(told.url)

    def close() -> None:
        with connection.cursor() as cursor:
            if found := _find(cursor, told.appname, instance_id):
                leaving.sign_off(cursor, found.id)

    retry_on_deadlock(close)
    wake.wake_dispatcher()


def _go_on(told: Registration, instance_id: str) -> bool:
    """Notes a beat of an executor that has not signed off or moved; False where there is none.

    What was made of its slots, weight or labels in the meantime stays.
    """
    with connection.cursor() as cursor:
        found = _find(cursor, told.appname, instance_id)
        if found is None or found.shut or found.base_url != told.url:
            return False
        heartbeat.beat(cursor, found.id, None)
        return True


def _enter(new: NewMember) -> None:
    with connection.cursor() as cursor:
        register(cursor, new, ACTOR)


class Known(NamedTuple):
    """An executor that has registered before, `shut` if it has signed off since."""

    id: str
    base_url: str
    shut: bool


def _find(cursor: Cursor, appname: str, instance_id: str) -> Known | None:
    cursor.execute(
        """
        SELECT executor_id::text, base_url, shut FROM executors_member
          JOIN executors_executor executor ON executor.id = executor_id
         WHERE "group" = %s AND instance_id = %s AND protocol = %s
        """,
        (appname, instance_id, Protocol.XXL_JOB),
    )
    row = cursor.fetchone()
    return Known(*row) if row else None


def _new_member(told: Registration, instance_id: str) -> NewMember:
    """Checked as other members are; asks name servers, which may take seconds."""
    errors = ErrorList()
    request = {
        "name": told.appname,
        "instance_id": instance_id,
        "base_url": told.url,
        "slots": settings.CELERIAC["XXL_JOB_SLOTS"],
        "health_interval": BEAT_SECONDS,
        "heartbeat_timeout": DEAD_SECONDS,
    }
    member = read_member(read(MemberRequest, request), errors)
    errors.check()
    beat_url = f"{told.url}/{asked.BEAT}"
    return replace(member, protocol=Protocol.XXL_JOB, health_check_url=beat_url)


def _instance_id(url: str) -> str:
    """What tells executors of a group apart: their address, as `host:port`."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise NotUnderstood(reason=f"registryValue: {error}") from None
    return f"{parts.netloc}{parts.path}"
