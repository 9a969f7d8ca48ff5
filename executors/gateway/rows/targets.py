"""HTTP executors as they are reached, from their rows."""

from __future__ import annotations

from django.conf import settings

from executors.members.signing import secret_of
from executors.protocols.contract import Target

TARGET = """
    executor.protocol, executor.id::text, executor.name, member."group", member.instance_id,
    member.base_url, member.health_check_url, member.health_timeout, member.secret_version
"""
"""Columns of `executor` and `member`, for `target`."""


def target(
    protocol: str,
    executor_id: str,
    name: str,
    group: str,
    instance_id: str,
    base_url: str,
    health_check_url: str | None,
    health_timeout: float,
    secret_version: int,
) -> Target:
    """What the columns tell."""
    return Target(
        executor_id=executor_id,
        name=name,
        protocol=protocol,
        group=group,
        instance_id=instance_id,
        base_url=base_url,
        health_check_url=health_check_url,
        secret=secret_of(settings.SECRET_KEY, executor_id, secret_version),
        call_seconds=settings.CELERIAC["HAND_OVER_SECONDS"],
        check_seconds=health_timeout,
    )
