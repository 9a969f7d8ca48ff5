"""Queues and executors of every kind, for the tests of placement."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from hypothesis import strategies as st

from executors.states import ExecutionKind
from jobs.wishes import OnShortage, Placing
from scheduling.batching import BatchLimits, Durations
from scheduling.placement import (
    Capacity,
    LiveLease,
    Plan,
    Policy,
    QueuedJob,
    Reservation,
    plan,
    rooms,
)

LIMITS = BatchLimits(seconds=0.05, jobs=20)
DURATIONS = Durations({"quick": 0.001, "short": 0.02, "long": 60.0})
TYPES = ["quick", "short", "long", "unknown"]
AGING = 100.0
POLICY = Policy(aging_interval=AGING)
GPU = (("gpu", "true"),)
Holdings = dict[str, Reservation]


def is_short(work: str) -> bool:
    return DURATIONS.is_short(work, LIMITS)


@st.composite
def kinds(draw: st.DrawFn) -> QueuedJob:
    """A job of which there may be more like it."""
    return QueuedJob(
        id="",
        type=draw(st.sampled_from(TYPES)),
        priority=draw(st.integers(0, 9)),
        age=draw(st.integers(0, 500)),
        thread_demand=draw(st.sampled_from([1, 1, 2, 3, 8])),
        alone=draw(st.booleans()),
        chunkable=draw(st.booleans()),
        chunks=draw(st.sampled_from([None, None, 1, 4, 9])),
        placement=draw(st.sampled_from(Placing)),
        on_shortage=draw(st.sampled_from(OnShortage)),
        requires=draw(st.sampled_from([(), (), (), GPU])),
        kind=draw(st.sampled_from([ExecutionKind.WHOLE] * 5 + [ExecutionKind.CHUNK])),
    )


@st.composite
def queues(draw: st.DrawFn) -> list[QueuedJob]:
    """Jobs of a few kinds, so that many are alike; those under way have one to three parts."""
    known = draw(st.lists(kinds(), min_size=1, max_size=6))
    drawn = st.tuples(st.sampled_from(known), st.integers(0, 40), st.integers(1, 3))
    least = draw(st.sampled_from([0, 6, 12, 24]))
    return [
        replace(kind, id=f"job {n}", age=kind.age + extra, parts=_parts(kind, n, parts))
        for n, (kind, extra, parts) in enumerate(draw(st.lists(drawn, min_size=least, max_size=40)))
    ]


def _parts(kind: QueuedJob, number: int, count: int) -> tuple[str, ...]:
    if kind.kind == ExecutionKind.WHOLE:
        return ()
    return tuple(f"job {number} part {part}" for part in range(count))


@st.composite
def executors(draw: st.DrawFn, number: int = 0) -> Capacity:
    """With live leases as the dispatcher itself could have made them."""
    its = Capacity(
        f"w{number}",
        f"w{number}",
        draw(st.integers(1, 10)),
        frozenset(TYPES) - {draw(st.sampled_from([*TYPES, ""]))},
        draw(st.sampled_from([{}, {"gpu": "true"}, {"gpu": "true"}])),
    )
    leases = st.sampled_from([("long", 1), ("quick", 1), ("long/2", 2)])
    for work, slots in draw(st.lists(leases, max_size=8)):
        if room(its, short=is_short(work)) >= slots:
            its.leases.append(LiveLease(work, slots, elapsed=draw(st.integers(0, 80))))
    return its


@st.composite
def fleets(draw: st.DrawFn) -> list[Capacity]:
    return [draw(executors(number)) for number in range(draw(st.sampled_from([0, 1, 2, 3, 4, 4])))]


@st.composite
def holdings(draw: st.DrawFn) -> Holdings:
    """What an earlier plan may have reserved; jobs and executors may be gone or smaller now."""
    names = st.integers(0, 15).map("job {}".format)
    slots = st.dictionaries(st.integers(0, 4).map("w{}".format), st.integers(1, 5), min_size=1)
    held = draw(st.dictionaries(names, slots, max_size=5))
    return {name: Reservation(name, draw(st.integers(0, 60)), its) for name, its in held.items()}


def room(its: Capacity, *, short: bool) -> int:
    return rooms(its, short=short, durations=DURATIONS, limits=LIMITS)


def run(queue: list[QueuedJob], fleet: list[Capacity], held: Holdings | None = None) -> Plan:
    return plan(queue, fleet, DURATIONS, LIMITS, POLICY, held or {})


def after(fleet: list[Capacity], made: Plan) -> list[Capacity]:
    """The executors with what the plan hands out."""
    fleet = deepcopy(fleet)
    by_id = {its.executor_id: its for its in fleet}
    for placement in made.placements:
        work = placement.jobs[0].type if not placement.jobs[0].alone else "alone"
        lease = LiveLease(work, placement.slots)
        by_id[placement.executor.executor_id].leases.append(lease)
    for chunk in [its for fan_out in made.fan_outs for its in fan_out.executors]:
        by_id[chunk.executor_id].leases.append(LiveLease("chunk"))
    for part in made.parts:
        by_id[part.executor.executor_id].leases.append(LiveLease("part"))
    return fleet


def live(its: Capacity) -> int:
    return sum(lease.slots for lease in its.leases)


def could_run(its: Capacity, job: QueuedJob) -> bool:
    return job.type in its.types and set(job.requires) <= set(its.labels.items())


def width(job: QueuedJob, fleet: list[Capacity]) -> int:
    sizes = [its.slots for its in fleet if could_run(its, job)]
    spread = job.chunkable and job.placement == Placing.SPREAD
    most = (sum if spread else max)(sizes)
    if job.thread_demand <= most:
        return job.thread_demand
    return {OnShortage.SINGLE: 1, OnShortage.DEGRADE: most}[job.on_shortage]


def executor(name: str, slots: int = 1, *leases: LiveLease, **labels: str) -> Capacity:
    return Capacity(name, name, slots, frozenset(TYPES), labels, list(leases))


def jobs(type_: str, count: int, **fields: object) -> list[QueuedJob]:
    return [QueuedJob(f"{type_} {n:03}", type_, 5, 0.0, **fields) for n in range(count)]
