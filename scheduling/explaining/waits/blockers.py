"""What keeps a job from starting, in the order in which it counts. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from executors.queues import GATEWAY_COMMAND
from jobs.labels import LINK
from jobs.readable import duration
from jobs.states import JobState
from jobs.wishes import Placing
from scheduling.explaining import words
from scheduling.explaining.answer import Blocker, BlockerKind
from scheduling.explaining.scene import Scene
from scheduling.explaining.waits import preference, suiting
from scheduling.explaining.waits.verdict import FOR_GOOD, Verdict
from scheduling.placement import Obstacle, Reason

COMMAND = f"`{GATEWAY_COMMAND}`"


def blockers(scene: Scene, verdict: Verdict) -> list[Blocker]:
    """Everything that would have to change, or to pass, first."""
    found = list(_of_time(scene))
    if scene.job.status == JobState.QUEUED and not scene.dispatcher_leads:
        text = "No dispatcher leads: start one with `python manage.py dispatcher`."
        found.append(Blocker(kind=BlockerKind.NO_DISPATCHER, text=text))
    if verdict.reason:
        waits = scene.job.status == JobState.QUEUED
        found += of_reason(scene, verdict.reason, verdict) if waits else _later(scene, verdict)
    return found


def of_reason(scene: Scene, reason: Reason, verdict: Verdict) -> Iterator[Blocker]:
    """What the plan gave as the reason, and what lies behind it."""
    if reason.obstacle in FOR_GOOD:
        yield from _until_changed(scene, reason)
        return
    if reason.obstacle == Obstacle.PREFERRED:
        yield preference.of_reason(scene, reason)
        return
    if reason.obstacle == Obstacle.SHARDS:
        yield _shards(reason)
        yield from _unavailable(scene)
        return
    if reason.obstacle == Obstacle.RESERVED:
        yield _reservation(scene, reason, verdict)
    if scene.ahead.count:
        yield _jobs_ahead(scene)
    yield _slots(scene, reason)
    yield from _unavailable(scene)


def _of_time(scene: Scene) -> Iterator[Blocker]:
    job = scene.job
    if job.status == JobState.WAITING:
        text = "It waits for the jobs that it depends on."
        if job.task:
            text = f"It waits for earlier jobs of its task {job.task!r}"
            text += f", which runs {job.execution_mode}." if job.execution_mode else "."
            if job.task_enabled is False:
                text += " The task is paused: it makes no new jobs."
        yield Blocker(kind=BlockerKind.DEPENDENCY, text=text)
    if job.status == JobState.SCHEDULED:
        wait = duration(max((job.available_at - scene.now).total_seconds(), 0))
        if job.attempt:
            kind = BlockerKind.RETRY_DELAY
            text = f"Attempt {job.attempt} failed; the next one is due in {wait}."
        else:
            kind, text = BlockerKind.FUTURE, f"It is to start in {wait}, not before."
        yield Blocker(kind=kind, text=text, until=job.available_at)


def _later(scene: Scene, verdict: Verdict) -> Iterator[Blocker]:
    """What would stand in its way too, once its time has come."""
    assert verdict.reason
    if verdict.reason.obstacle in FOR_GOOD:
        yield from _until_changed(scene, verdict.reason)


def _until_changed(scene: Scene, reason: Reason) -> Iterator[Blocker]:
    """What stays so until the executors, or the job's wishes, change."""
    # Where some have its type and its labels, nothing is wrong but that they are not called.
    if reason.obstacle == Obstacle.TOO_WIDE or not suiting.unreachable(scene):
        yield _for_good(scene, reason)
    yield from _unavailable(scene)


def _for_good(scene: Scene, reason: Reason) -> Blocker:
    job = scene.job.queued
    match reason.obstacle:
        case Obstacle.NO_EXECUTOR:
            text = "No executor is online: start a worker."
            return Blocker(kind=BlockerKind.NO_EXECUTOR, text=text)
        case Obstacle.TYPE:
            text = f"No executor that is online runs {job.type}."
            return Blocker(kind=BlockerKind.TYPE, text=text)
        case Obstacle.LABELS:
            labels = suiting.nowhere(scene)
            text = f"No executor that runs {job.type} has {words.labels(labels)}."
            if any(name.startswith(LINK) for name in labels):
                text = f"No executor that runs {job.type} and is linked to its task is online."
            return Blocker(kind=BlockerKind.LABELS, text=text, labels=labels)
    where = "one executor" if _together(scene) else "all executors together"
    text = (
        f"It asks for {words.number(reason.needed, 'slot')} and wishes to wait for them; "
        f"{where} that could run it can give {reason.free} at most."
    )
    return Blocker(
        kind=BlockerKind.TOO_WIDE, text=text, slots_needed=reason.needed, slots_free=reason.free
    )


def _unavailable(scene: Scene) -> Iterator[Blocker]:
    """Executors that could run it and are not called, or are draining, offline or silent."""
    if unreachable := suiting.unreachable(scene):
        names = [its.name for its in unreachable]
        text = f"No gateway runs, so {words.listed(names)} can't be called: start {COMMAND}."
        yield Blocker(kind=BlockerKind.NO_GATEWAY, text=text, executors=names)
    if alone := suiting.left_alone(scene):
        text = f"Left alone for a moment: {words.listed(list(alone.values()))}."
        yield Blocker(kind=BlockerKind.UNAVAILABLE, text=text, executors=list(alone))
    absent = suiting.absent(scene)
    if absent:
        names = [its.name for its in absent]
        told = [f"{its.name} is {its.status}" for its in absent]
        text = f"Not available, though they could run it: {words.listed(told)}."
        yield Blocker(kind=BlockerKind.UNAVAILABLE, text=text, executors=names)


def _reservation(scene: Scene, reason: Reason, verdict: Verdict) -> Blocker:
    text, until = "Free slots are kept for a wide job", None
    if reason.behind and (held := verdict.reservations.get(reason.behind)):
        text = f"Free slots are kept for the wide job {reason.behind}"
        until = scene.after(held.due)
        if until:
            text += f", which is expected to start in {duration(held.due)}"
    holder = UUID(reason.behind) if reason.behind else None
    return Blocker(kind=BlockerKind.RESERVATION, text=f"{text}.", job=holder, until=until)


def _shards(reason: Reason) -> Blocker:
    one = reason.needed == 1
    text = (
        f"{words.number(reason.needed, 'shard')} {'waits' if one else 'wait'} for "
        f"{'its executor' if one else 'their executors'}, busy or away."
    )
    return Blocker(kind=BlockerKind.SHARDS, text=text, slots_needed=reason.needed)


def _jobs_ahead(scene: Scene) -> Blocker:
    ahead = scene.ahead
    verb = "comes" if ahead.count == 1 and not ahead.more else "come"
    text = f"{words.number(ahead.count, 'job', more=ahead.more)} {verb} first, by priority and age."
    return Blocker(kind=BlockerKind.JOBS_AHEAD, text=text, count=ahead.count, at_least=ahead.more)


def _slots(scene: Scene, reason: Reason) -> Blocker:
    executors = suiting.suitable(scene)
    free = sum(suiting.free(its, scene.job.queued) for its in executors)
    slots = sum(its.slots for its in executors)
    where = " of one executor" if reason.needed > 1 and _together(scene) else ""
    text = (
        f"It needs {words.number(reason.needed, 'slot')}{where} at once; {free} of the "
        f"{words.number(slots, 'slot')} of {words.number(len(executors), 'executor')} that could "
        f"run it {'is' if free == 1 else 'are'} free"
    )
    if free > reason.free and scene.ahead.count:
        text += f", {reason.free} of them once those that come first have theirs"
    return Blocker(
        kind=BlockerKind.SLOTS,
        text=f"{text}.",
        slots_needed=reason.needed,
        slots_free=min(reason.free, free),
    )


def _together(scene: Scene) -> bool:
    job = scene.job.queued
    return not job.chunkable or job.placement == Placing.PACK
