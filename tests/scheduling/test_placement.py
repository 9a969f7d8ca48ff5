"""What placement may and must do, over any queue and any executors."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from scheduling.batching import BatchLimits, Durations, largest_batch
from scheduling.placement import Capacity, Placement, QueuedJob, effective_priority, plan

LIMITS = BatchLimits(seconds=0.05, jobs=20)
DURATIONS = Durations({"quick": 0.001, "short": 0.02, "long": 60.0})
TYPES = ["quick", "short", "long", "unknown"]
AGING = 100.0


@st.composite
def queues(draw: st.DrawFn) -> list[QueuedJob]:
    count = draw(st.integers(0, 60))
    return [
        QueuedJob(
            id=f"job {n}",
            type=draw(st.sampled_from(TYPES)),
            priority=draw(st.integers(0, 9)),
            age=draw(st.integers(0, 500)),
            thread_demand=draw(st.sampled_from([1, 1, 1, 2, 3, 8])),
            alone=draw(st.booleans()),
        )
        for n in range(count)
    ]


@st.composite
def executors(draw: st.DrawFn) -> Capacity:
    """With live leases as the dispatcher itself could have made them."""
    slots = draw(st.integers(1, 5))
    types = frozenset(draw(st.sets(st.sampled_from(TYPES), min_size=1)))
    its = Capacity("id", "name", slots, types)
    for _ in range(draw(st.integers(0, 8))):
        wide, short = draw(st.sampled_from([(1, False), (1, True), (2, False)]))
        if its.rooms(short=short) if wide == 1 else its.free() >= wide:
            its.take(wide, short=short)
    return its


@st.composite
def fleets(draw: st.DrawFn) -> list[Capacity]:
    fleet = draw(st.lists(executors(), max_size=4))
    for number, executor in enumerate(fleet):
        executor.executor_id = executor.executor = f"w{number}"
    return fleet


def run(queue: list[QueuedJob], fleet: list[Capacity]) -> list[Placement]:
    return plan(queue, fleet, DURATIONS, LIMITS, AGING)


def is_short(job: QueuedJob) -> bool:
    return not job.alone and DURATIONS.is_short(job.type, LIMITS)


@given(queues(), fleets())
def test_no_executor_is_given_more_than_it_has_room_for(
    queue: list[QueuedJob], fleet: list[Capacity]
) -> None:
    before = deepcopy(fleet)
    placements = run(queue, fleet)
    for old, new in zip(before, fleet, strict=True):
        its = [p for p in placements if p.executor is new]
        assert new.live == old.live + sum(p.slots for p in its)
        ahead = [p for p in its if is_short(p.jobs[0]) and p.slots == 1]
        assert new.short_leases == old.short_leases + len(ahead)
        if len(its) > len(ahead):
            firm = sum(p.slots for p in its) - len(ahead)
            assert firm <= old.free()
        if any(p.slots > 1 for p in its):
            assert new.live <= new.slots
        if its:
            assert new.live <= new.slots + min(new.short_leases, new.slots)


@given(queues(), fleets())
def test_leases_ahead_never_join_wide_ones(queue: list[QueuedJob], fleet: list[Capacity]) -> None:
    was_full = {c.executor for c in fleet if c.wide and not c.free()}
    placements = run(queue, fleet)
    assert not [p for p in placements if p.executor.executor in was_full]
    assert all(c.live <= c.slots for c in fleet if c.wide and c.executor not in was_full)


@given(queues(), fleets())
def test_each_job_is_placed_at_most_once_where_its_type_is_known(
    queue: list[QueuedJob], fleet: list[Capacity]
) -> None:
    placements = run(queue, fleet)
    placed = Counter(job.id for p in placements for job in p.jobs)
    assert set(placed.values()) <= {1}
    assert set(placed) <= {job.id for job in queue}
    assert all(job.type in p.executor.types for p in placements for job in p.jobs)


@given(queues(), fleets())
def test_a_lease_holds_jobs_that_are_alike(queue: list[QueuedJob], fleet: list[Capacity]) -> None:
    for placement in run(queue, fleet):
        first, size = placement.jobs[0], len(placement.jobs)
        assert len({(job.type, job.thread_demand, job.alone) for job in placement.jobs}) == 1
        assert len({effective_priority(job, AGING) for job in placement.jobs}) == 1
        assert size <= largest_batch(DURATIONS.get(first.type), LIMITS)
        if first.alone or placement.slots > 1:
            assert size == 1


@given(queues(), fleets())
def test_the_more_urgent_comes_first(queue: list[QueuedJob], fleet: list[Capacity]) -> None:
    """No place goes to a job while a more urgent one waits that could have taken it."""
    placements = run(queue, fleet)
    placed = {job.id for p in placements for job in p.jobs}
    for waiting in queue:
        if waiting.id in placed or width(waiting, fleet) > 1:
            continue
        for placement in placements:
            job = placement.jobs[-1]
            same_room = placement.slots == 1 and is_short(job) == is_short(waiting)
            if same_room and waiting.type in placement.executor.types:
                assert effective_priority(job, AGING) >= effective_priority(waiting, AGING)


@given(queues(), fleets())
def test_older_ones_of_a_kind_come_first(queue: list[QueuedJob], fleet: list[Capacity]) -> None:
    placed = {job.id for p in run(queue, fleet) for job in p.jobs}
    kinds: dict[object, list[QueuedJob]] = {}
    for job in queue:
        key = job.type, job.thread_demand, job.alone, effective_priority(job, AGING)
        kinds.setdefault(key, []).append(job)
    for alike in kinds.values():
        waiting = [job.age for job in alike if job.id not in placed]
        given_out = [job.age for job in alike if job.id in placed]
        assert not waiting or not given_out or min(given_out) >= max(waiting)


@given(queues(), fleets())
def test_no_slot_stays_free_that_a_job_could_use(
    queue: list[QueuedJob], fleet: list[Capacity]
) -> None:
    placed = {job.id for p in run(queue, fleet) for job in p.jobs}
    for job in queue:
        if job.id not in placed:
            free = [c.free() for c in fleet if job.type in c.types]
            assert all(room < width(job, fleet) for room in free)


@given(queues(), fleets())
def test_wide_jobs_get_their_slots_or_one_where_nobody_has_them(
    queue: list[QueuedJob], fleet: list[Capacity]
) -> None:
    for placement in run(queue, fleet):
        assert placement.slots == width(placement.jobs[0], fleet)


@given(queues(), fleets())
def test_same_input_same_output(queue: list[QueuedJob], fleet: list[Capacity]) -> None:
    again = deepcopy(fleet)
    first, second = run(queue, fleet), run(list(reversed(queue)), again)
    assert [(p.executor.executor, p.jobs, p.slots) for p in first] == [
        (p.executor.executor, p.jobs, p.slots) for p in second
    ]


def width(job: QueuedJob, fleet: list[Capacity]) -> int:
    largest = max((c.slots for c in fleet if job.type in c.types), default=0)
    return job.thread_demand if job.thread_demand <= largest else 1


def executor(name: str, slots: int = 1) -> Capacity:
    return Capacity(name, name, slots, frozenset(TYPES))


def jobs(type_: str, count: int, **fields: object) -> list[QueuedJob]:
    return [QueuedJob(f"{type_} {n:03}", type_, 5, 0.0, **fields) for n in range(count)]


def test_while_there_is_a_slot_for_each_job_none_shares() -> None:
    placements = run(jobs("quick", 4), [executor("w1", 2), executor("w2", 2)])
    assert [len(p.jobs) for p in placements] == [1, 1, 1, 1]
    assert Counter(p.executor.executor for p in placements) == {"w1": 2, "w2": 2}


def test_many_short_jobs_share_leases_and_some_go_ahead() -> None:
    placements = run(jobs("quick", 100), [executor("w1", 2)])
    assert [len(p.jobs) for p in placements] == [20, 20, 20, 20]


def test_free_slot_is_better_than_a_place_ahead() -> None:
    busy, idle = executor("busy"), executor("idle")
    busy.take(1, short=True)
    assert run(jobs("quick", 1), [busy, idle])[0].executor is idle


def test_long_jobs_do_not_go_ahead() -> None:
    assert len(run(jobs("long", 5), [executor("w1", 2)])) == 2


def test_age_raises_the_priority_by_one_each_interval() -> None:
    old = QueuedJob("old", "long", 3, age=2.5 * AGING)
    new = QueuedJob("new", "long", 4, age=0)
    assert (effective_priority(old, AGING), effective_priority(new, AGING)) == (5, 4)
    (placement,) = run([new, old], [executor("w1")])
    assert placement.jobs == [old]
