"""What would start a job sooner: each change is tried in the same plan. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from executors.queues import GATEWAY_COMMAND
from executors.states import Protocol
from jobs.labels import LINK
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing
from scheduling.explaining import words
from scheduling.explaining.answer import Change, ChangeKind, StartForecast
from scheduling.explaining.scene import Absent, Scene
from scheduling.explaining.waits import foresight, suiting, verdict
from scheduling.explaining.waits.verdict import Verdict
from scheduling.placement import Capacity, Obstacle, QueuedJob

HIGHEST = 9
WORTHWHILE = 0.9
"""A change is told of if it leaves at most this share of the wait."""

_ORDER = list(ChangeKind)


@dataclass(frozen=True, slots=True)
class _Idea:
    """A change: what the job would be then, and which executors would be there beside."""

    kind: ChangeKind
    text: str
    value: str | None
    job: QueuedJob
    more: Sequence[Capacity] = ()


def changes(scene: Scene, judged: Verdict, forecast: StartForecast) -> list[Change]:
    """What would help, the soonest first and of equals the cheapest; waiting is among them."""
    if not scene.dispatcher_leads:
        return []
    found = [_wait(forecast)] if forecast.start_in is not None else []
    ideas = [*_of_wishes(scene, judged), *_of_executors(scene, judged)]
    tried = [_priority(scene, judged), *(_try(scene, idea) for idea in ideas)]
    found += [one for one in tried if one and _helps(one, forecast.start_in)]
    return sorted(found, key=_merit)


def _try(scene: Scene, idea: _Idea) -> Change | None:
    """The change with the start that it leads to; None where it leads to none."""
    if verdict.would(scene, idea.job, idea.more).starts:
        seconds: float | None = 0.0
    else:
        seconds = foresight.start(scene, idea.job, idea.more).seconds
    if seconds is None:
        return None
    return Change(kind=idea.kind, text=idea.text, value=idea.value, start_in=seconds)


def _priority(scene: Scene, judged: Verdict) -> Change | None:
    """The lowest priority that does as much as the highest."""
    job = scene.job.queued
    if judged.starts or (judged.reason and judged.reason.obstacle in verdict.FOR_GOOD):
        return None
    if job.priority >= HIGHEST:
        return None
    best = _try(scene, _raised(job, HIGHEST))
    if best is None or best.start_in is None:
        return best
    low, high = job.priority + 1, HIGHEST
    while low < high:
        middle = (low + high) // 2
        tried = _try(scene, _raised(job, middle))
        if tried and tried.start_in is not None and tried.start_in <= best.start_in + 0.001:
            best, high = tried, middle
        else:
            low = middle + 1
    return best


def _raised(job: QueuedJob, priority: int) -> _Idea:
    raised = replace(job, priority=priority)
    return _Idea(ChangeKind.PRIORITY, f"Raise its priority to {priority}.", str(priority), raised)


def _of_wishes(scene: Scene, judged: Verdict) -> Iterator[_Idea]:
    """Less to ask for: this takes a new job, since only the priority can be changed later."""
    job, reason = scene.job.queued, judged.reason
    if reason is None:
        return
    if reason.needed > 1 and job.thread_demand > 1:
        for width in sorted({1, reason.free} - {0}, reverse=True):
            if width < job.thread_demand:
                text = f"Submit it with thread_demand {width} instead of {job.thread_demand}."
                narrow = replace(job, thread_demand=width)
                yield _Idea(ChangeKind.THREAD_DEMAND, text, str(width), narrow)
    if reason.obstacle == Obstacle.TOO_WIDE:
        text = f"Submit it with on_shortage=degrade: it gets {reason.free} slots."
        content = replace(job, on_shortage=OnShortage.DEGRADE)
        yield _Idea(ChangeKind.ON_SHORTAGE, text, OnShortage.DEGRADE, content)
    if job.chunkable and job.placement == Placing.PACK and reason.needed > 1:
        text = "Submit it with placement=spread, so that its chunks may run on any executors."
        spread = replace(job, placement=Placing.SPREAD)
        yield _Idea(ChangeKind.PLACEMENT, text, Placing.SPREAD, spread)
    if reason.obstacle == Obstacle.PREFERRED:
        text = "Submit it with load_balance_strategy=least_loaded."
        any_executor = replace(job, balance=None)
        yield _Idea(ChangeKind.STRATEGY, text, LoadBalanceStrategy.LEAST_LOADED, any_executor)
    if reason.obstacle == Obstacle.LABELS:
        lacking = suiting.nowhere(scene)
        if any(name.startswith(LINK) for name in lacking):
            return
        text = f"Submit it without requiring {words.labels(lacking)}."
        rest = tuple(pair for pair in job.requires if pair[0] not in lacking)
        yield _Idea(ChangeKind.REQUIRES, text, None, replace(job, requires=rest))


def _of_executors(scene: Scene, judged: Verdict) -> Iterator[_Idea]:
    """More to work with."""
    job = scene.job.queued
    if unreachable := suiting.unreachable(scene):
        text = f"Start a gateway: `{GATEWAY_COMMAND}`."
        called = [_back(its, Protocol.HTTP) for its in unreachable]
        yield _Idea(ChangeKind.GATEWAY, text, None, job, called)
    absent = suiting.absent(scene)
    if absent:
        best = max(absent, key=lambda its: (its.slots_free, its.name))
        text = f"Bring back {best.name}, which is {best.status}."
        yield _Idea(ChangeKind.BRING_BACK, text, best.name, job, [_back(best)])
    if any(name.startswith(LINK) for name, _ in job.requires):
        return  # no worker can be started that the task is linked to
    needed = judged.reason.needed if judged.reason else 1
    if judged.reason and judged.reason.obstacle == Obstacle.TOO_WIDE and not _together(job):
        needed -= judged.reason.free
    slots = max(needed, 1)
    what = f"{words.number(slots, 'slot')} that runs {job.type}"
    labels = f", with {words.labels(dict(job.requires))}" if job.requires else ""
    new = Capacity("", "", slots, frozenset({job.type}), dict(job.requires))
    text = f"Start a worker of {what}{labels}."
    yield _Idea(ChangeKind.EXECUTOR, text, words.labels(dict(job.requires)) or None, job, [new])


def _back(its: Absent, protocol: Protocol = Protocol.CELERY) -> Capacity:
    """As it would be with the slots free that are."""
    return Capacity(its.name, its.name, its.slots_free, its.types, its.labels, protocol=protocol)


def _together(job: QueuedJob) -> bool:
    return not job.chunkable or job.placement == Placing.PACK


def _wait(forecast: StartForecast) -> Change:
    return Change(kind=ChangeKind.WAIT, text="Just wait.", value=None, start_in=forecast.start_in)


def _helps(change: Change, waiting: float | None) -> bool:
    """Whether it is worth being told of."""
    return waiting is None or (change.start_in or 0.0) <= waiting * WORTHWHILE


def _merit(change: Change) -> tuple[float, int]:
    seconds = change.start_in if change.start_in is not None else float("inf")
    return round(seconds, 1), _ORDER.index(change.kind)
