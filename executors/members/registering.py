"""How an HTTP executor enters, and enters again. Plain SQL on a cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from django.conf import settings

from executors.errors import GroupFull, MemberNameTaken
from executors.members import signing
from executors.states import ExecutorStatus, Protocol
from executors.worker.registration import lose_of_others
from jobs import labels
from jobs.ids import uuid7
from jobs.job_types.external import EXTERNAL
from jobs.sql import Cursor, array

POOL = "http"
INCARNATIONS = UUID("6f9d1b1c-3a0f-5e0e-9a53-0d5c1a2f7c11")
"""The space in which what an executor calls its incarnation becomes a UUID."""
GROUP_SPACE = 0x_CE20
"""The first key of the advisory lock under which a group grows."""


@dataclass(frozen=True, slots=True)
class NewMember:
    """An HTTP executor that wants to be known, all about it checked. Times are in seconds.

    `types` are those beside `external`. Another `incarnation` than before says that it was
    started anew and knows nothing of what it had; None says nothing.
    """

    group: str
    instance_id: str
    base_url: str
    health_check_url: str | None = None
    protocol: Protocol = Protocol.HTTP
    slots: int = 1
    weight: int = 1
    types: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    health_interval: float = 30.0
    health_timeout: float = 5.0
    heartbeat_timeout: float | None = None
    failure_threshold: int = 3
    success_threshold: int = 1
    require_signature: bool = False
    incarnation: str | None = None

    @property
    def name(self) -> str:
        """Its name among all executors."""
        return f"{self.group}:{self.instance_id}"


@dataclass(frozen=True, slots=True)
class Registered:
    """An executor that is known now; `secret` is what it and Celeriac sign by."""

    id: str
    name: str
    secret: str
    is_new: bool


class Before(NamedTuple):
    """What was known of an executor that registers again; `failing` by its checks."""

    id: str
    protocol: str
    status: str
    drained_by: str | None
    incarnation: str
    shut: bool
    failing: bool


def register(cursor: Cursor, new: NewMember, actor: str) -> Registered:
    """Enters an HTTP executor, or brings what is known of it up to date. Call it in a transaction.

    What it had under another incarnation is lost at once. One that a person drained or set
    offline stays so; one whose checks fail is looked at next, before it gets work. Raises
    `MemberNameTaken` where an executor of another kind has the name, and `GroupFull`.
    """
    created = _insert(cursor, new)
    if created:
        _check_room(cursor, new.group)
    before = _lock(cursor, new.name)
    if before.protocol != new.protocol:
        raise MemberNameTaken(name=new.name)
    incarnation = _incarnation(new, before)
    is_fresh = created or before.shut or incarnation != before.incarnation
    _update(cursor, before, new, incarnation)
    version = _write_member(cursor, before.id, new, actor, is_fresh=is_fresh)
    if incarnation != before.incarnation:
        lose_of_others(cursor, before.id, incarnation, new.name)
    secret = signing.secret_of(settings.SECRET_KEY, before.id, version)
    return Registered(before.id, new.name, secret, created)


def status_after(before: Before) -> ExecutorStatus:
    """The status of an executor that has registered again."""
    if before.shut and before.drained_by is not None:
        return ExecutorStatus.OFFLINE
    if before.status == ExecutorStatus.OFFLINE and before.failing and not before.shut:
        return ExecutorStatus.OFFLINE
    return ExecutorStatus.ONLINE if before.drained_by is None else ExecutorStatus.DRAINING


def _incarnation(new: NewMember, before: Before) -> str:
    if new.incarnation is None:
        return before.incarnation
    return str(uuid5(INCARNATIONS, f"{new.name} {new.incarnation}"))


def _insert(cursor: Cursor, new: NewMember) -> bool:
    """Makes a row where there is none of the name; whether it did."""
    cursor.execute(
        """
        INSERT INTO executors_executor
              (id, name, protocol, pool, slots, host, pid, types, labels, incarnation, status, held)
        VALUES (%s, %s, %s, %s, %s, '', 0, '{}', '{}', %s, 'online', '{}')
        ON CONFLICT (name) DO NOTHING
        """,
        (uuid7(), new.name, new.protocol, POOL, new.slots, uuid7()),
    )
    return cursor.rowcount == 1


def _check_room(cursor: Cursor, group: str) -> None:
    """Whether one more fits into the group; who asks at the same time waits for the answer."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (GROUP_SPACE, group))
    cursor.execute('SELECT count(*) FROM executors_member WHERE "group" = %s', (group,))
    limit = settings.CELERIAC["EXECUTORS_PER_GROUP"]
    if cursor.fetchall()[0][0] >= limit:
        raise GroupFull(group=group, limit=limit)


def _lock(cursor: Cursor, name: str) -> Before:
    cursor.execute(
        """
        SELECT executor.id::text, protocol, status, drained_by, incarnation::text,
               COALESCE(member.shut, false),
               COALESCE(member.checks_failed >= member.failure_threshold, false)
          FROM executors_executor executor
          LEFT JOIN executors_member member ON member.executor_id = executor.id
         WHERE name = %s FOR NO KEY UPDATE OF executor
        """,
        (name,),
    )
    return Before(*cursor.fetchall()[0])


def _update(cursor: Cursor, before: Before, new: NewMember, incarnation: str) -> None:
    cursor.execute(
        """
        UPDATE executors_executor
           SET slots = %s, weight = %s, types = %s, labels = %s, host = %s, status = %s,
               started_at = CASE WHEN incarnation = %s THEN started_at ELSE now() END,
               held = CASE WHEN incarnation = %s THEN held ELSE '{}' END,
               incarnation = %s, last_heartbeat = now()
         WHERE id = %s
        """,
        (
            new.slots,
            new.weight,
            array(dict.fromkeys([EXTERNAL, *new.types])),
            labels.canonical(new.labels),
            (urlsplit(new.base_url).hostname or "")[:255],
            status_after(before),
            incarnation,
            incarnation,
            incarnation,
            before.id,
        ),
    )


def _write_member(
    cursor: Cursor, executor_id: str, new: NewMember, actor: str, *, is_fresh: bool
) -> int:
    """Writes how it is reached and checked; the version of its secret.

    One that is fresh, that moved or that fails its checks is looked at next.
    """
    cursor.execute(
        """
        INSERT INTO executors_member AS member
              (executor_id, "group", instance_id, base_url, health_check_url, health_interval,
               health_timeout, heartbeat_timeout, failure_threshold, success_threshold,
               require_signature, registered_by, next_check_at, secret_version, checks_failed,
               checks_passed, shut, refusals)
        SELECT n.*, CASE WHEN health_check_url IS NOT NULL THEN now() END, 1, 0, 0, false, 0
          FROM (VALUES (%s::uuid, %s, %s, %s, %s, %s::float8, %s::float8, %s::float8,
                        %s::smallint, %s::smallint, %s::bool, %s))
            AS n (executor_id, "group", instance_id, base_url, health_check_url, health_interval,
                  health_timeout, heartbeat_timeout, failure_threshold, success_threshold,
                  require_signature, registered_by)
        ON CONFLICT (executor_id) DO UPDATE
           SET base_url = excluded.base_url, health_check_url = excluded.health_check_url,
               health_interval = excluded.health_interval,
               health_timeout = excluded.health_timeout,
               heartbeat_timeout = excluded.heartbeat_timeout,
               failure_threshold = excluded.failure_threshold,
               success_threshold = excluded.success_threshold,
               require_signature = excluded.require_signature,
               registered_by = excluded.registered_by, registered_at = now(),
               shut = member.shut AND EXISTS (
                   SELECT FROM executors_executor
                    WHERE id = member.executor_id AND drained_by IS NOT NULL),
               checks_failed = CASE WHEN member.shut THEN 0 ELSE member.checks_failed END,
               busy_until = CASE WHEN NOT %s THEN member.busy_until END,
               refusals = CASE WHEN %s THEN 0 ELSE member.refusals END,
               next_check_at = CASE
                   WHEN excluded.health_check_url IS NULL THEN NULL
                   WHEN %s OR member.checks_failed > 0
                        OR member.health_check_url IS DISTINCT FROM excluded.health_check_url
                   THEN now()
                   ELSE LEAST(member.next_check_at,
                              now() + excluded.health_interval * interval '1 s') END
        RETURNING secret_version
        """,
        (
            executor_id,
            new.group,
            new.instance_id,
            new.base_url,
            new.health_check_url,
            new.health_interval,
            new.health_timeout,
            new.heartbeat_timeout,
            new.failure_threshold,
            new.success_threshold,
            new.require_signature,
            actor,
            is_fresh,
            is_fresh,
            is_fresh,
        ),
    )
    return int(cursor.fetchall()[0][0])
