"""Execution modes: what becomes of a tick while earlier jobs of its task are unfinished.

This is where beat's ticks and triggers by hand meet: both come here with their tasks' rows
locked (unless the mode is parallel, which needs no lock), before any job is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jobs.sql import Cursor
from scheduling.choices import ExecutionMode
from scheduling.firing.ticks import Tick


def admit(cursor: Cursor, ticks: Sequence[Tick], modes: Mapping[str, ExecutionMode]) -> None:
    """Decides the state that each tick's job is born in; `modes` are those of their tasks."""
