"""Which executors could run a job, and what the others lack. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jobs.labels import LINK
from scheduling.explaining import words
from scheduling.explaining.answer import ExecutorRoom
from scheduling.explaining.scene import UNREACHABLE, Absent, Scene
from scheduling.placement import Capacity, QueuedJob


def suits(its: Capacity | Absent, job: QueuedJob) -> bool:
    """Whether it has the job's type and the labels that it requires."""
    return job.type in its.types and set(job.requires) <= its.labels.items()


def missing(labels: Mapping[str, str], job: QueuedJob) -> dict[str, str]:
    """Labels that the job requires and these lack."""
    return {name: value for name, value in job.requires if labels.get(name) != value}


def suitable(scene: Scene) -> list[Capacity]:
    """Executors that take work and could run the job, as far as its width lets them."""
    return [its for its in scene.capacity if suits(its, scene.job.queued)]


def absent(scene: Scene) -> list[Absent]:
    """Those that could, but take no work themselves."""
    return [its for its in _away(scene) if its.status != UNREACHABLE]


def unreachable(scene: Scene) -> list[Absent]:
    """HTTP executors that could, if there were a gateway."""
    return [its for its in _away(scene) if its.status == UNREACHABLE]


def _away(scene: Scene) -> list[Absent]:
    return [its for its in scene.absent if suits(its, scene.job.queued)]


def free(its: Capacity, job: QueuedJob) -> int:
    """Slots that no live lease takes, of one that is not left alone."""
    if its.refuses or its.executor_id in job.shunned:
        return 0
    return max(its.slots - sum(lease.slots for lease in its.leases), 0)


def left_alone(scene: Scene) -> dict[str, str]:
    """By name, why executors that could run it get nothing of it just now."""
    shunned = scene.job.queued.shunned
    found = {}
    for its in suitable(scene):
        if its.refuses:
            found[its.executor] = f"{its.executor} said that it is busy, or did not take a call"
        elif its.executor_id in shunned:
            found[its.executor] = f"{its.executor} still runs an earlier job of its task"
    return found


def nowhere(scene: Scene) -> dict[str, str]:
    """Required labels that no executor of the type has; all of them, if each is somewhere."""
    job = scene.job.queued
    of_type = [its for its in scene.capacity if job.type in its.types]
    lacking = [missing(its.labels, job) for its in of_type]
    everywhere = {
        name: value for name, value in job.requires if all(name in one for one in lacking)
    }
    return everywhere or dict(job.requires)


def rooms(scene: Scene, most: int) -> tuple[list[ExecutorRoom], int]:
    """The executors, those that suit and have most free slots first; and how many are left out."""
    found = [_online(its, scene.job.queued) for its in scene.capacity]
    found += [_absent(its, scene.job.queued) for its in scene.absent]
    found.sort(key=lambda its: (not its.suits, -its.slots_free, its.name))
    return found[:most], max(len(found) - most, 0)


def _online(its: Capacity, job: QueuedJob) -> ExecutorRoom:
    lacks = _lacks(its.types, its.labels, job)
    return ExecutorRoom(
        name=its.executor,
        status="online",
        slots=its.slots,
        slots_free=free(its, job),
        suits=not lacks,
        why_not=words.listed(lacks) or None,
        missing_labels=missing(its.labels, job),
    )


def _absent(its: Absent, job: QueuedJob) -> ExecutorRoom:
    return ExecutorRoom(
        name=its.name,
        status=its.status,
        slots=its.slots,
        slots_free=its.slots_free,
        suits=False,
        why_not=words.listed([f"is {its.status}", *_lacks(its.types, its.labels, job)]),
        missing_labels=missing(its.labels, job),
    )


def _lacks(types: frozenset[str], labels: Mapping[str, str], job: QueuedJob) -> Sequence[str]:
    lacks = [] if job.type in types else [f"does not run {job.type}"]
    for name, value in missing(labels, job).items():
        if name.startswith(LINK):
            lacks.append("is not linked to its task")
            continue
        held = f" (it has {name}={labels[name]})" if name in labels else ""
        lacks.append(f"lacks the label {name}={value}{held}")
    return lacks
