"""When a job that waits will start. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from executors.states import ExecutionKind
from jobs.readable import duration
from jobs.states import JobState
from scheduling.batching import work_key
from scheduling.explaining import words
from scheduling.explaining.answer import StartForecast
from scheduling.explaining.scene import Scene
from scheduling.explaining.waits import preference, suiting, verdict
from scheduling.explaining.waits.rehearsal import Rehearsal
from scheduling.explaining.waits.verdict import FOR_GOOD, Verdict
from scheduling.placement import Capacity, QueuedJob, Reason


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds until a job starts, None if nobody can tell; more is likelier if `at_least`."""

    seconds: float | None
    at_least: bool = False


def start(scene: Scene, job: QueuedJob, more: Sequence[Capacity] = ()) -> Start:
    """When the job, were it like this, would start with `more` executors."""
    judged = verdict.would(scene, job, more)
    if judged.starts:
        return Start(0.0)
    if judged.reason and judged.reason.awaited:
        return _preferred(scene, job, judged.reason)
    ahead = scene.ahead
    others = {one.id: one for one in (*scene.candidates, *ahead.jobs, *ahead.wide)}
    others.pop(job.id, None)
    queued = [*others.values(), job, *scene.parts]
    seconds = Rehearsal(queued, [*scene.capacity, *more], scene.rules).start(job.id)
    if seconds is None:
        return Start(None)
    # Where only some of those ahead were read, they stand for the others too.
    unread = ahead.count / len(ahead.jobs) if ahead.jobs else 1.0
    return Start(seconds * max(unread, 1.0), at_least=ahead.more)


def _preferred(scene: Scene, job: QueuedJob, reason: Reason) -> Start:
    """On the executor that it waits for; on another one, once it has waited long enough."""
    awaited = [its for its in scene.capacity if its.executor == reason.awaited]
    seconds = Rehearsal([job], awaited, scene.rules).start(job.id)
    left = preference.wait(scene, job)
    return Start(left if seconds is None else min(seconds, left))


def forecast(scene: Scene, judged: Verdict) -> StartForecast:
    """The expected start of the job, and what that rests on."""
    foreseen = _foresee(scene, judged)
    known, unknown = _durations(scene)
    slots = sum(its.slots for its in suiting.suitable(scene))
    return StartForecast(
        start_in=foreseen.seconds,
        start_at=scene.after(foreseen.seconds),
        at_least=foreseen.at_least,
        text=_in_words(scene, foreseen, slots, known, unknown),
        jobs_ahead=scene.ahead.count,
        slots=slots,
        durations=known,
        unknown=unknown,
    )


def _foresee(scene: Scene, judged: Verdict) -> Start:
    job = scene.job
    if job.status == JobState.WAITING or (judged.reason and judged.reason.obstacle in FOR_GOOD):
        return Start(None)
    if job.status == JobState.SCHEDULED:
        wait = (job.available_at - scene.now).total_seconds()
        return Start(max(wait, 0.0), at_least=True)
    if not scene.dispatcher_leads:
        return Start(None)
    return Start(0.0) if judged.starts else start(scene, job.queued)


def _durations(scene: Scene) -> tuple[dict[str, float], list[str]]:
    """What is known of the work ahead and in hand; and of which nothing is."""
    work = {lease.work for its in suiting.suitable(scene) for lease in its.leases}
    work |= {_work(job) for job in [*scene.ahead.jobs, *scene.parts]}
    found = {key: scene.rules.durations.get(key) for key in sorted(work)}
    known = {key: seconds for key, seconds in found.items() if seconds is not None}
    return known, [key for key in found if key not in known]


def _work(job: QueuedJob) -> str:
    chunked = job.chunkable and max(job.thread_demand, job.chunks or 0) > 1
    if job.kind == ExecutionKind.WHOLE and chunked:
        return work_key(job.type, ExecutionKind.CHUNK, 1)
    return work_key(job.type, job.kind, 1 if job.kind != ExecutionKind.WHOLE else job.thread_demand)


def _in_words(
    scene: Scene, foreseen: Start, slots: int, known: dict[str, float], unknown: list[str]
) -> str:
    if foreseen.seconds is None:
        return "When it starts can't be told, as long as nothing changes."
    if scene.job.status == JobState.SCHEDULED:
        return "From then on it waits for a slot like any other."
    ahead = scene.ahead
    text = (
        f"By the same rules as the dispatcher's: {words.number(slots, 'slot')} work on what runs "
        f"and on {words.number(ahead.count, 'job', more=ahead.more)} that come first"
    )
    if known:
        longest = sorted(known, key=lambda key: (-known[key], key))
        told = [f"{key} {duration(known[key])}" for key in longest]
        text += f"; they usually take: {words.listed(told, most=4)}"
    if unknown:
        text += f"; how long {words.listed(unknown, most=4)} takes is not known and left out"
    return f"{text}."
