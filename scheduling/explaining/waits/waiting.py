"""Why a job waits, and for how long. Pure: no Django, no I/O."""

from __future__ import annotations

from jobs.readable import duration
from jobs.states import JobState
from scheduling.explaining.answer import OwnReservation, WhyWaiting
from scheduling.explaining.scene import Scene
from scheduling.explaining.waits import foresight, suiting, verdict
from scheduling.explaining.waits.blockers import blockers
from scheduling.explaining.waits.changes import changes
from scheduling.explaining.waits.preference import strategy
from scheduling.explaining.waits.verdict import Verdict

EXECUTORS = 50
"""So many executors are listed one by one."""


def why(scene: Scene) -> WhyWaiting:
    """Everything there is to say about a job that no executor has yet."""
    judged = verdict.now(scene)
    found = blockers(scene, judged)
    rooms, more = suiting.rooms(scene, EXECUTORS)
    forecast = foresight.forecast(scene, judged)
    queued = scene.job.status == JobState.QUEUED
    return WhyWaiting(
        starts_now=queued and judged.starts and not found,
        blockers=found,
        load_balance_strategy=strategy(scene.job.queued),
        executors=rooms,
        more_executors=more,
        reservation=_own(scene, judged),
        forecast=forecast,
        changes=changes(scene, judged, forecast) if found and queued else [],
    )


def in_words(its: WhyWaiting) -> str:
    """The first blocker, and the forecast."""
    if its.starts_now:
        return "It starts with the next round of the dispatcher."
    first = its.blockers[0].text
    if its.forecast.start_in is None:
        return first
    about = "in" if its.forecast.at_least else "in about"
    least = " at the earliest" if its.forecast.at_least else ""
    return f"{first} It is expected to start {about} {duration(its.forecast.start_in)}{least}."


def _own(scene: Scene, judged: Verdict) -> OwnReservation | None:
    """What is kept for the job itself."""
    held = judged.reservations.get(scene.job.id)
    if held is None or scene.job.status != JobState.QUEUED:
        return None
    names = {its.executor_id: its.executor for its in scene.capacity}
    return OwnReservation(
        due_in=held.due, slots={names[id_]: slots for id_, slots in sorted(held.slots.items())}
    )
