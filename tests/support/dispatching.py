"""The dispatcher's loop in a test's own process, step by step, over real rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.conf import settings
from django.test import override_settings

from executors.leases import PlannedLease
from executors.processes.roles import ProcessRole
from scheduling import session
from scheduling.dispatching.handing_out import hand_out
from scheduling.dispatching.loop import Loop, is_more_to_do
from scheduling.leader import Leader

AT_LEISURE = {"HEARTBEAT_LIMIT": 600.0}
"""Seconds: nobody's rows grow too old while a test takes its time."""
SESSION_TIMEOUT_MS = 600_000
"""Nor does the leader's session end meanwhile, be it in a transaction or between two."""


@contextmanager
def leading() -> Iterator[Loop]:
    """The loop of a leader, which does only what it is told to, and may be silent in between."""
    with (
        override_settings(CELERIAC=settings.CELERIAC | AT_LEISURE),
        patch.object(session, "TIMEOUT_MS", SESSION_TIMEOUT_MS),
    ):
        loop = Loop(Leader(ProcessRole.DISPATCHER))
        assert loop.leader.campaign()
        try:
            yield loop
        finally:
            loop.end()
            loop.leader.leave()


def one_round(loop: Loop) -> tuple[list[PlannedLease], bool]:
    """The leases of one turn, which nobody is told of; and whether it would go on at once."""
    seen = loop.see()
    planned = loop.plan(seen)
    made = hand_out(loop.leader, planned)
    return made, is_more_to_do(seen, planned, made)


def rounds(loop: Loop) -> list[PlannedLease]:
    """The leases of as many turns as follow each other at once."""
    made, more = one_round(loop)
    while more:
        others, more = one_round(loop)
        made += others
    return made
