"""Where execution modes meet ticks: those of beat, triggers by hand, and chains.

All come here with their tasks' rows locked (unless the mode is parallel, which needs no lock),
before any job is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from jobs.sql import Cursor
from jobs.states import JobState
from scheduling.choices import ExecutionMode
from scheduling.firing.ticks import Tick
from scheduling.modes import Line, Place, places, read_lines, stop_unfinished


def admit(cursor: Cursor, ticks: Sequence[Tick], modes: Mapping[str, ExecutionMode]) -> None:
    """Decides the state that each tick's job is born in; `modes` are those of their tasks."""
    wary: dict[str, list[Tick]] = {}
    for tick in ticks:
        if modes[tick.task_id] != ExecutionMode.PARALLEL and tick.status == JobState.QUEUED:
            wary.setdefault(tick.task_id, []).append(tick)
    if not wary:
        return
    lines = _lines(cursor, {task_id: modes[task_id] for task_id in wary})
    for task_id, its in wary.items():
        for tick, place in zip(its, places(modes[task_id], len(its), lines[task_id]), strict=True):
            _put(tick, place)


def _lines(cursor: Cursor, modes: Mapping[str, ExecutionMode]) -> dict[str, Line]:
    lines = read_lines(cursor, modes.keys())
    to_replace = {
        task_id: line
        for task_id, line in lines.items()
        if modes[task_id] == ExecutionMode.REPLACE and (line.under_way or line.waiting)
    }
    if to_replace:
        lines |= stop_unfinished(cursor, to_replace)
    return lines


def _put(tick: Tick, place: Place) -> None:
    tick.status, tick.turn = place.state.value, place.turn
    if place.code:
        tick.error = json.dumps({"code": place.code, "message": place.message})
