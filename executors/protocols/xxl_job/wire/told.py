"""What XXL-JOB's executors tell their admin: that they are there, and how runs ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from executors.protocols.xxl_job.wire.envelope import (
    NotUnderstood,
    integer,
    parse,
    shown,
    text,
)

EXECUTOR_GROUP = "EXECUTOR"
APPNAME_MAX = 100
ADDRESS_MAX = 500

COMPLETED = 200
FAILED = 500
TIMED_OUT = 502


@dataclass(frozen=True, slots=True)
class Registration:
    """An executor's appname and its URL, without a slash at the end."""

    appname: str
    url: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run with this `logId` ended: a code, of which 200 is good, and what it said."""

    log_id: int
    code: int
    message: str


def read_registration(body: bytes) -> Registration:
    """What `registry` and `registryRemove` are sent; raises NotUnderstood."""
    found = parse(body)
    if not isinstance(found, dict):
        raise NotUnderstood(reason=f"this is no object with registryKey: {shown(found)}")
    group = found.get("registryGroup")
    if group != EXECUTOR_GROUP:
        raise NotUnderstood(reason=f"registryGroup has to be EXECUTOR, not {shown(group)}")
    appname = _required(found, "registryKey", APPNAME_MAX)
    url = _required(found, "registryValue", ADDRESS_MAX)
    return Registration(appname, url.rstrip("/"))


def read_callback(body: bytes) -> tuple[list[Ending], int]:
    """The endings in a callback, and how many of its items were none; raises NotUnderstood.

    The item itself instead of an array of it, and the array in an object, are read as well.
    """
    items = list(_items(parse(body)))
    endings = [ending for ending in map(_ending, items) if ending is not None]
    return endings, len(items) - len(endings)


def _items(found: object) -> Iterator[object]:
    if isinstance(found, dict) and isinstance(found.get("callbackList"), list):
        found = found["callbackList"]
    if isinstance(found, list):
        yield from found
    else:
        yield found


def _ending(item: object) -> Ending | None:
    """Some clients fill in the form of 2.2 and the present one; the one with a code counts."""
    if not isinstance(item, dict):
        return None
    log_id = integer(item.get("logId"))
    if log_id is None or log_id < 1:
        return None
    code, message = integer(item.get("handleCode")), item.get("handleMsg")
    former = item.get("executeResult")
    if not code and isinstance(former, dict):
        code, message = integer(former.get("code")), former.get("msg")
    return Ending(log_id, code, text(message)) if code else None


def _required(found: dict[str, object], name: str, limit: int) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise NotUnderstood(reason=f"{name} has to be a text, not {shown(value)}")
    value = value.strip()
    if len(value) > limit:
        raise NotUnderstood(reason=f"{name} is longer than {limit} characters")
    if not value.isprintable():
        raise NotUnderstood(reason=f"{name} has characters that can't be shown: {shown(value)}")
    return value
