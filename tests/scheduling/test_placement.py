"""What placement may and must do, over any queue and any executors."""

from __future__ import annotations

import dataclasses
from collections import Counter
from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from executors.states import ExecutionKind
from jobs.wishes import OnShortage, Placing
from scheduling.batching import largest_batch
from scheduling.placement import (
    Capacity,
    FanOut,
    LiveLease,
    Obstacle,
    Plan,
    QueuedJob,
    effective_priority,
)
from tests.scheduling.fleets import (
    AGING,
    DURATIONS,
    GPU,
    LIMITS,
    Holdings,
    after,
    could_run,
    executor,
    fleets,
    holdings,
    is_short,
    jobs,
    live,
    queues,
    room,
    run,
    width,
)


@given(queues(), fleets(), holdings())
def test_no_executor_is_given_more_than_it_has_room_for(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    for old, new in zip(fleet, after(fleet, run(queue, fleet, held)), strict=True):
        made = new.leases[len(old.leases) :]
        firm = [lease for lease in made if not (is_short(lease.work) and lease.slots == 1)]
        assert sum(lease.slots for lease in firm) <= room(old, short=False)
        if made:
            short = sum(is_short(lease.work) for lease in new.leases)
            wide = any(lease.slots > 1 for lease in new.leases)
            ahead = 0 if wide else min(short, new.slots)
            assert live(new) <= new.slots + ahead or live(new) == live(old)


def placed_jobs(made: Plan) -> list[QueuedJob]:
    whole = [job for placement in made.placements for job in placement.jobs]
    return whole + [fan_out.job for fan_out in made.fan_outs]


@given(queues(), fleets(), holdings())
def test_every_job_is_placed_or_has_a_reason(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    made = run(queue, fleet, held)
    placed = Counter(job.id for job in placed_jobs(made))
    assert set(placed.values()) <= {1}
    parts = Counter(part.execution_id for part in made.parts)
    assert set(parts.values()) <= {1}
    for job in queue:
        done = all(part in parts for part in job.parts) if job.parts else job.id in placed
        assert done != (job.id in made.reasons)
    assert set(made.reasons) <= {job.id for job in queue}


@given(queues(), fleets(), holdings())
def test_types_and_labels_are_respected(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    made = run(queue, fleet, held)
    assert all(could_run(p.executor, job) for p in made.placements for job in p.jobs)
    assert all(could_run(its, f.job) for f in made.fan_outs for its in f.executors)
    assert all(could_run(p.executor, p.job) for p in made.parts)


@given(queues(), fleets())
def test_a_lease_holds_jobs_that_are_alike(queue: list[QueuedJob], fleet: list[Capacity]) -> None:
    for placement in run(queue, fleet).placements:
        first, size = placement.jobs[0], len(placement.jobs)
        assert len({(j.type, j.requires, j.thread_demand, j.alone) for j in placement.jobs}) == 1
        assert len({effective_priority(job, AGING) for job in placement.jobs}) == 1
        assert size <= largest_batch(DURATIONS.get(first.type), LIMITS)
        if first.alone or placement.slots > 1:
            assert size == 1


@given(queues(), fleets(), holdings())
def test_jobs_are_as_wide_as_they_can_be(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    made = run(queue, fleet, held)
    for placement in made.placements:
        assert placement.slots == width(placement.jobs[0], fleet)
        assert placement.slots == 1 or not placement.jobs[0].chunkable
    for fan_out in made.fan_outs:
        assert len(fan_out.executors) == width(fan_out.job, fleet) <= fan_out.chunks
        assert fan_out.chunks == max(len(fan_out.executors), fan_out.job.chunks or 1)
        if fan_out.job.placement == Placing.PACK:
            assert len({its.executor_id for its in fan_out.executors}) == 1


@given(queues(), fleets(), holdings(), st.integers(0, 15))
def test_the_less_urgent_change_nothing_for_the_more_urgent(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings, least: int
) -> None:
    def urgent(job: QueuedJob) -> bool:
        return effective_priority(job, AGING) >= least

    with_all = run(queue, fleet, held)
    alone = run(list(filter(urgent, queue)), fleet, held)
    for its in (with_all, alone):
        its.placements = [p for p in its.placements if urgent(p.jobs[0])]
        its.fan_outs = [f for f in its.fan_outs if urgent(f.job)]
        its.parts = [p for p in its.parts if urgent(p.job)]
    assert with_all.placements == alone.placements
    assert (with_all.fan_outs, with_all.parts) == (alone.fan_outs, alone.parts)


@given(queues(), fleets(), holdings())
def test_no_slot_stays_free_that_a_job_could_use(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    """But for those kept for a job that is at least as urgent."""
    made = run(queue, fleet, held)
    urgency = {job.id: effective_priority(job, AGING) for job in queue}
    for job in queue:
        if job.id not in made.reasons or made.reasons[job.id].obstacle == Obstacle.TOO_WIDE:
            continue
        kept = {
            id_
            for its in made.reservations.values()
            for id_ in its.slots
            if urgency[its.job_id] >= urgency[job.id]
        }
        free = [
            room(its, short=False)
            for its in after(fleet, made)
            if could_run(its, job) and its.executor_id not in kept
        ]
        if job.parts:
            assert sum(free) == 0
        elif free:
            spread = job.chunkable and job.placement == Placing.SPREAD
            assert (sum if spread else max)(free) < width(job, fleet)


@given(queues(), fleets())
def test_older_ones_of_a_kind_come_first(queue: list[QueuedJob], fleet: list[Capacity]) -> None:
    waits = run(queue, fleet).reasons
    kinds: dict[object, list[QueuedJob]] = {}
    for job in queue:
        key = dataclasses.replace(job, id="", age=0, priority=0, parts=())
        kinds.setdefault((repr(key), effective_priority(job, AGING)), []).append(job)
    for alike in kinds.values():
        waiting = [job.age for job in alike if job.id in waits]
        served = [job.age for job in alike if job.id not in waits]
        assert not waiting or not served or min(served) >= max(waiting)


@given(queues(), fleets(), holdings())
def test_same_input_same_output_and_nothing_changed(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    before = deepcopy((queue, fleet, held))
    assert run(queue, fleet, held) == run(list(reversed(queue)), fleet, held)
    assert (queue, fleet, held) == before


def test_while_there_is_a_slot_for_each_job_none_shares() -> None:
    placements = run(jobs("quick", 4), [executor("w1", 2), executor("w2", 2)]).placements
    assert [len(p.jobs) for p in placements] == [1, 1, 1, 1]
    assert Counter(p.executor.executor for p in placements) == {"w1": 2, "w2": 2}


def test_many_short_jobs_share_leases_and_some_go_ahead() -> None:
    placements = run(jobs("quick", 100), [executor("w1", 2)]).placements
    assert [len(p.jobs) for p in placements] == [20, 20, 20, 20]


def test_free_slot_is_better_than_a_place_ahead() -> None:
    busy, idle = executor("busy", 1, LiveLease("quick")), executor("idle")
    assert run(jobs("quick", 1), [busy, idle]).placements[0].executor is idle
    assert run(jobs("quick", 1), [busy]).placements[0].executor is busy


def test_nothing_goes_ahead_beside_a_wide_lease() -> None:
    quick, wide = LiveLease("quick"), QueuedJob("wide", "long", 9, 0.0, thread_demand=2)
    assert not run(jobs("quick", 1), [executor("w1", 3, quick, LiveLease("long/2", 2))]).placements
    (placement,) = run([wide, *jobs("quick", 1)], [executor("w1", 3, quick)]).placements
    assert placement.jobs == [wide]


def test_long_jobs_do_not_go_ahead() -> None:
    assert len(run(jobs("long", 5), [executor("w1", 2)]).placements) == 2


def test_age_raises_the_priority_by_one_each_interval() -> None:
    old = QueuedJob("old", "long", 3, age=2.5 * AGING)
    new = QueuedJob("new", "long", 4, age=0)
    assert (effective_priority(old, AGING), effective_priority(new, AGING)) == (5, 4)
    (placement,) = run([new, old], [executor("w1")]).placements
    assert placement.jobs == [old]


def chunked(**fields: object) -> QueuedJob:
    return QueuedJob("wide", "long", 5, 0.0, chunkable=True, **fields)


def test_chunks_go_where_there_is_room() -> None:
    fleet = [executor("w1", 2, LiveLease("long")), executor("w2", 3)]
    (fan_out,) = run([chunked(thread_demand=4)], fleet).fan_outs
    assert isinstance(fan_out, FanOut)
    assert Counter(its.executor for its in fan_out.executors) == {"w1": 1, "w2": 3}


def test_chunks_are_packed_where_that_is_asked() -> None:
    fleet = [executor("w1", 2), executor("w2", 3)]
    wish = chunked(thread_demand=3, chunks=7, placement=Placing.PACK)
    (fan_out,) = run([wish], fleet).fan_outs
    assert [its.executor for its in fan_out.executors] == ["w2"] * 3
    assert fan_out.chunks == 7


def test_a_gang_starts_together_or_not_at_all() -> None:
    fleet = [executor("w1", 2, LiveLease("long")), executor("w2", 3, LiveLease("long"))]
    made = run([chunked(thread_demand=4)], fleet)
    assert (made.fan_outs, made.reasons["wide"].obstacle) == ([], Obstacle.BUSY)
    assert (made.reasons["wide"].needed, made.reasons["wide"].free) == (4, 3)


def test_what_no_executor_could_ever_give() -> None:
    fleet = [executor("w1", 2), executor("w2", 2)]

    def place(on_shortage: OnShortage, **fields: object) -> Plan:
        return run([chunked(thread_demand=9, on_shortage=on_shortage, **fields)], fleet)

    (whole,) = place(OnShortage.SINGLE).placements
    assert (whole.slots, len(whole.jobs)) == (1, 1)
    (fan_out,) = place(OnShortage.DEGRADE).fan_outs
    assert (fan_out.chunks, len(fan_out.executors)) == (4, 4)
    (fan_out,) = place(OnShortage.DEGRADE, placement=Placing.PACK).fan_outs
    assert (fan_out.chunks, len(fan_out.executors)) == (2, 2)
    reason = place(OnShortage.WAIT).reasons["wide"]
    assert (reason.obstacle, reason.needed, reason.free) == (Obstacle.TOO_WIDE, 9, 4)


def test_more_chunks_than_slots_start_as_many_as_asked_for() -> None:
    (fan_out,) = run([chunked(chunks=5)], [executor("w1", 4)]).fan_outs
    assert (fan_out.chunks, len(fan_out.executors)) == (5, 1)


def test_a_job_has_a_chunk_for_each_slot_at_least() -> None:
    (fan_out,) = run([chunked(thread_demand=3, chunks=2)], [executor("w1", 4)]).fan_outs
    assert (fan_out.chunks, len(fan_out.executors)) == (3, 3)


def test_parts_take_the_slots_there_are() -> None:
    wish = chunked(kind=ExecutionKind.CHUNK, parts=("a", "b", "c"))
    made = run([wish], [executor("w1"), executor("w2", 2, LiveLease("quick"))])
    assert {part.execution_id for part in made.parts} == {"a", "b"}
    assert made.reasons["wide"].needed == 1


def test_reasons_name_the_obstacle() -> None:
    gpu = QueuedJob("gpu", "long", 5, 0.0, requires=GPU)
    strange = QueuedJob("strange", "never heard of", 5, 0.0)
    reasons = run([gpu, strange], [executor("w1")]).reasons
    assert reasons["gpu"].obstacle == Obstacle.LABELS
    assert reasons["strange"].obstacle == Obstacle.TYPE
    assert run([gpu], []).reasons["gpu"].obstacle == Obstacle.NO_EXECUTOR
    assert run([gpu], [executor("w1", gpu="true")]).placements
