"""What the dispatcher would do with a job now: asked of the same plan. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduling import placement
from scheduling.explaining.scene import Scene
from scheduling.placement import Capacity, Obstacle, QueuedJob, Reason, Reservation

FOR_GOOD = frozenset({Obstacle.NO_EXECUTOR, Obstacle.TYPE, Obstacle.LABELS, Obstacle.TOO_WIDE})
"""What stays so until the executors, or the job's wishes, change."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the job starts now; else why not. `reservations` are those of the plan."""

    starts: bool
    reason: Reason | None
    reservations: Mapping[str, Reservation]


def now(scene: Scene) -> Verdict:
    """The dispatcher's next round.

    It reads so many jobs of a class as could be placed at all: one that is not among them waits
    behind others of its own class, whatever else there is.
    """
    verdict = would(scene, scene.job.queued)
    if verdict.starts and scene.job.id not in {job.id for job in scene.candidates}:
        job = scene.job.queued
        reason = Reason(Obstacle.BUSY, job.thread_demand)
        return Verdict(starts=False, reason=reason, reservations=verdict.reservations)
    return verdict


def would(scene: Scene, job: QueuedJob, more: Sequence[Capacity] = ()) -> Verdict:
    """The round if the job were like this, and there were `more` executors."""
    others = [its for its in scene.candidates if its.id != job.id]
    return _judge(scene, [*others, job, *scene.parts], more)


def of_parts(scene: Scene) -> Verdict:
    """The round for the parts of a job under way that may be placed now."""
    return _judge(scene, [*scene.candidates, *scene.parts])


def _judge(scene: Scene, queued: list[QueuedJob], more: Sequence[Capacity] = ()) -> Verdict:
    rules = scene.rules
    made = placement.plan(
        queued,
        [*scene.capacity, *more],
        rules.durations,
        rules.limits,
        rules.policy,
        scene.reserved,
        scene.memory,
    )
    reason = made.reasons.get(scene.job.id)
    return Verdict(starts=reason is None, reason=reason, reservations=made.reservations)
