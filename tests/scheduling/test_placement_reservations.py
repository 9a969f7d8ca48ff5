"""A wide job that has waited too long has slots kept for it, and who may use them until then."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given

from jobs.wishes import Placing
from scheduling.placement import (
    Capacity,
    LiveLease,
    Obstacle,
    Plan,
    QueuedJob,
    Reservation,
    effective_priority,
    reservations,
)
from scheduling.placement.reservations import AT_ONCE
from tests.scheduling.fleets import (
    AGING,
    DURATIONS,
    Holdings,
    after,
    executor,
    fleets,
    holdings,
    jobs,
    queues,
    run,
    width,
)

LATE = LiveLease("long", elapsed=30)
"""Over in 30 s."""


def wide(demand: int, id_: str = "wide", **fields: object) -> QueuedJob:
    fields = {"age": 20.0, **fields}
    return QueuedJob(id_, "long", 5, thread_demand=demand, **fields)


def small(type_: str, priority: int = 5, **fields: object) -> QueuedJob:
    return QueuedJob(f"{type_} {priority}", type_, priority, 0.0, **fields)


def chosen(made: Plan) -> list[str]:
    return [job.id for placement in made.placements for job in placement.jobs]


@given(queues(), fleets(), holdings())
def test_reservations_are_for_wide_jobs_that_wait_and_fit_the_executors(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    made = run(queue, fleet, held)
    by_id = {job.id: job for job in queue}
    sizes = {its.executor_id: its.slots for its in fleet}
    claimed: Counter[str] = Counter()
    for id_, reservation in made.reservations.items():
        job = by_id[id_]
        assert id_ in made.reasons
        assert id_ in held or job.age >= 10
        assert sum(reservation.slots.values()) == width(job, fleet) > 1
        if not (job.chunkable and job.placement == Placing.SPREAD):
            assert len(reservation.slots) == 1
        claimed.update(reservation.slots)
    assert all(slots <= sizes[id_] for id_, slots in claimed.items())


@given(queues(), fleets(), holdings())
def test_who_is_no_more_urgent_leaves_the_slots_free_when_they_are_due(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    made = run(queue, fleet, held)
    urgency = {job.id: effective_priority(job, AGING) for job in queue}
    claims: dict[str, list[Reservation]] = defaultdict(list)
    for reservation in made.reservations.values():
        for id_ in reservation.slots:
            claims[id_].append(reservation)
    newly = {its.executor_id: its for its in after(fleet, made)}
    for placement in made.placements:
        id_ = placement.executor.executor_id
        its = newly[id_]
        for reservation in claims[id_]:
            binding = urgency[reservation.job_id] > urgency[placement.jobs[0].id]
            if binding and lasts(placement.jobs) > reservation.due:
                wanted = sum(r.slots[id_] for r in claims[id_] if r.due <= reservation.due)
                assert free_for_sure(its, reservation.due) >= wanted


def lasts(leased: list[QueuedJob]) -> float:
    seconds = DURATIONS.get(leased[0].type)
    return float("inf") if seconds is None else seconds * len(leased)


def free_for_sure(its: Capacity, due: float) -> int:
    free = its.slots - sum(lease.slots for lease in its.leases)
    for lease in its.leases:
        seconds = DURATIONS.get(lease.work)
        if seconds is not None and 0 < seconds * lease.size - lease.elapsed <= due:
            free += lease.slots
    return free


def test_free_slots_are_kept_for_a_wide_job_that_has_waited() -> None:
    fleet = [executor("w1", 2, LATE)]
    made = run([wide(2), small("unknown"), small("long", 4)], fleet)
    assert made.placements == []
    assert made.reservations == {"wide": Reservation("wide", 30.0, {"w1": 2})}
    assert (made.reasons["wide"].obstacle, made.reasons["wide"].free) == (Obstacle.BUSY, 1)
    for id_ in ("unknown 5", "long 4"):
        reason = made.reasons[id_]
        assert (reason.obstacle, reason.behind) == (Obstacle.RESERVED, "wide")


def test_nothing_is_kept_for_one_that_has_just_come() -> None:
    made = run([wide(2, age=5), small("unknown")], [executor("w1", 2, LATE)])
    assert (chosen(made), made.reservations) == (["unknown 5"], {})


def test_who_is_more_urgent_ignores_it() -> None:
    made = run([wide(2), small("unknown", 6)], [executor("w1", 2, LATE)])
    assert chosen(made) == ["unknown 6"]


def test_who_ends_before_it_is_due_may_pass() -> None:
    fleet = [executor("w1", 2, LATE)]
    assert chosen(run([wide(2), small("short")], fleet)) == ["short 5"]
    assert chosen(run([wide(2), small("unknown", timeout=29.0, alone=True)], fleet))
    assert not chosen(run([wide(2), small("unknown", timeout=31.0, alone=True)], fleet))
    assert not chosen(run([wide(2), small("long", timeout=59.0, alone=True)], fleet))


def test_a_whole_batch_must_end_before_it_is_due() -> None:
    soon = LiveLease("long", elapsed=59.99)
    assert not chosen(run([wide(2), small("quick")], [executor("w1", 2, soon)]))
    soon = LiveLease("long", elapsed=59.97)
    assert chosen(run([wide(2), small("quick")], [executor("w1", 2, soon)]))


def test_slots_beyond_those_kept_are_for_everybody() -> None:
    fleet = [executor("w1", 4, LATE, LATE, LATE)]
    assert chosen(run([wide(2), small("unknown")], fleet)) == ["unknown 5"]
    assert len(chosen(run([wide(2), *jobs("unknown", 4)], fleet))) == 1


def test_nobody_counts_on_what_may_never_end() -> None:
    for lease in (LiveLease("unknown"), LiveLease("long", elapsed=99)):
        fleet = [executor("w1", 4, lease, lease, lease)]
        made = run([wide(2), small("unknown")], fleet)
        assert (chosen(made), made.reservations["wide"].due) == ([], 0.0)


def test_nothing_is_handed_out_ahead_where_slots_are_kept() -> None:
    fleet = [executor("w1", 2, LiveLease("quick"), LiveLease("quick"))]
    assert chosen(run([small("quick")], fleet))
    assert not chosen(run([wide(2), small("quick")], fleet))


def test_a_job_keeps_the_executor_that_it_waits_for() -> None:
    fleet = [executor("w1", 2, LiveLease("long", elapsed=40), LATE), executor("w2", 2, LATE, LATE)]
    assert run([wide(2)], fleet).reservations["wide"].slots == {"w1": 2}
    held = {"wide": Reservation("wide", 50.0, {"w2": 2})}
    assert run([wide(2)], fleet, held).reservations["wide"].slots == {"w2": 2}
    gone = {"wide": Reservation("wide", 50.0, {"w3": 2})}
    assert run([wide(2)], fleet, gone).reservations["wide"].slots == {"w1": 2}


def test_chunks_collect_free_slots_first_then_those_soonest_free() -> None:
    soon, later = LiveLease("long", elapsed=50), LiveLease("long")
    fleet = [executor("w1", 2, soon, LATE), executor("w2", 2, later), executor("w3", 1, later)]
    made = run([wide(3, chunkable=True), small("unknown")], fleet)
    assert made.reservations["wide"] == Reservation("wide", 30.0, {"w1": 2, "w2": 1})
    assert chosen(made) == []
    held = {"wide": Reservation("wide", 60.0, {"w3": 1})}
    made = run([wide(3, chunkable=True)], fleet, held)
    assert made.reservations["wide"].slots == {"w1": 1, "w2": 1, "w3": 1}


def test_several_have_reservations_as_long_as_there_are_slots() -> None:
    fleet = [executor("w1", 2, LATE), executor("w2", 2, LATE), executor("w3", 2, LATE)]
    queue = [wide(2, f"wide {n}", age=50 - n) for n in range(5)]
    made = run([*queue, small("unknown")], fleet)
    assert [r.slots for r in made.reservations.values()] == [{"w1": 2}, {"w2": 2}, {"w3": 2}]
    assert chosen(made) == []
    assert {"wide 3", "wide 4", "unknown 5"} <= set(made.reasons)


def test_reservations_on_one_executor_add_up() -> None:
    fleet = [executor("w1", 4, LATE, LATE, LATE), executor("w2", 4, LATE, LATE, LATE)]
    queue = [wide(2, "first"), wide(2, "second"), wide(2, "third"), *jobs("unknown", 2)]
    made = run(queue, fleet)
    assert [r.slots for r in made.reservations.values()] == [{"w1": 2}, {"w1": 2}, {"w2": 2}]
    (placement,) = made.placements
    assert placement.executor.executor_id == "w2"


def test_who_is_due_later_does_not_bar_what_ends_before() -> None:
    soon = LiveLease("long", elapsed=50)
    fleet = [executor("w1", 4, soon, soon, LiveLease("long")), executor("w2", 1, LiveLease("long"))]
    split = wide(2, "split", age=50, chunkable=True)
    held = {"split": Reservation("split", 60.0, {"w1": 1, "w2": 1})}
    made = run([split, wide(2), small("unknown", timeout=20.0, alone=True)], fleet, held)
    assert {its.job_id: its.due for its in made.reservations.values()} == {"split": 60, "wide": 10}
    assert chosen(made) == ["unknown 5"]


def test_spare_slots_of_kept_executors_are_used_by_wide_jobs_too() -> None:
    fleet = [
        executor("w1", 4, LATE, LATE),
        executor("w2", 4, *[LiveLease("long", elapsed=50)] * 3),
    ]
    packed = wide(3, "packed", age=50, chunkable=True, placement=Placing.PACK)
    held = {"packed": Reservation("packed", 30.0, {"w1": 3})}
    (fan_out,) = run([packed, wide(2, age=1, chunkable=True)], fleet, held).fan_outs
    assert {its.executor_id for its in fan_out.executors} == {"w1", "w2"}
    made = run([packed, wide(3, chunkable=True)], fleet, held)
    assert made.reservations["wide"].slots == {"w1": 1, "w2": 2}


def test_there_is_a_limit_to_reservations() -> None:
    fleet = [executor(f"w{n}", 2, LATE) for n in range(AT_ONCE + 5)]
    made = run([wide(2, f"wide {n}") for n in range(AT_ONCE + 5)], fleet)
    assert len(made.reservations) == AT_ONCE
    assert len(made.reasons) == AT_ONCE + 5


def test_as_many_executors_are_looked_at_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservations, "LOOKED_AT", 1)
    fleet = [executor(f"w{n}", 1, LATE) for n in range(3)]
    made = run([wide(3, chunkable=True)], fleet)
    assert made.reservations["wide"].slots == {"w0": 1, "w1": 1, "w2": 1}


def test_who_has_a_reservation_comes_before_its_equals() -> None:
    older = small("unknown")
    older.age = 99.0
    held = {"wide": Reservation("wide", 0.0, {"w1": 2})}
    assert chosen(run([wide(2), older], [executor("w1", 2)], held)) == ["wide"]
    assert chosen(run([wide(2), older], [executor("w1", 2)])) == [older.id]
