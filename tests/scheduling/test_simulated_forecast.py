"""When a waiting job starts, played forward from what is known."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.states import ExecutionKind
from scheduling.batching import BatchLimits, Durations
from scheduling.placement import Capacity, LiveLease, Policy, QueuedJob, Reservation
from tests.scheduling.fleets import Holdings, fleets, holdings, queues
from tests.support import simulated_forecast as module
from tests.support.simulated_forecast import Basis, Forecast, forecast

DURATIONS = Durations({"short": 0.01, "minute": 60.0, "ten": 10.0, "ten:chunk": 5.0})
LIMITS = BatchLimits()
TYPES = frozenset({"short", "minute", "ten", "unknown"})


def executor(slots: int, *leases: LiveLease, name: str = "w1") -> Capacity:
    return Capacity(name, name, slots, TYPES, {}, list(leases))


def job(id_: str, type_: str = "ten", age: float = 0.0, **fields: object) -> QueuedJob:
    return QueuedJob(id_, type_, fields.pop("priority", 5), age, **fields)


def ask(
    queued: list[QueuedJob],
    capacity: list[Capacity],
    reserved: dict[str, Reservation] | None = None,
    **fields: int,
) -> Forecast:
    return forecast(
        queued, capacity, DURATIONS, LIMITS, Policy(), reserved or {}, "wanted", **fields
    )


def test_it_starts_at_once_where_a_slot_is_free() -> None:
    assert ask([job("wanted")], [executor(1)]) == Forecast(0.0, Basis.SIMULATED)


def test_it_waits_for_the_lease_that_ends_first() -> None:
    fleet = [executor(2, LiveLease("minute", elapsed=35.0), LiveLease("minute"))]
    assert ask([job("wanted")], fleet).start_in == pytest.approx(25.0)


def test_it_waits_for_those_ahead() -> None:
    queue = [job(f"old {n}", age=100.0 - n) for n in range(4)]
    queue += [job("wanted", age=1.0), job("younger"), job("urgent", priority=7)]
    answer = ask(queue, [executor(1)])
    assert (answer.basis, answer.ahead) == (Basis.SIMULATED, 5)
    assert answer.start_in == pytest.approx(50.0)


def test_short_jobs_share_leases() -> None:
    queue = [job(f"{n:05}", "short", age=10.0) for n in range(1000)]
    answer = ask([*queue, job("wanted", "short")], [executor(2)])
    assert answer.start_in == pytest.approx(5.0, rel=0.1)


def test_a_wide_job_waits_until_enough_slots_are_free_at_once() -> None:
    leases = [LiveLease("minute", elapsed=50.0), LiveLease("minute", elapsed=20.0)]
    answer = ask([job("wanted", thread_demand=2)], [executor(2, *leases)])
    assert answer.start_in == pytest.approx(40.0)


def test_it_waits_behind_the_chunks_of_a_job_under_way() -> None:
    under_way = job("split", age=9.0, kind=ExecutionKind.CHUNK, parts=("a", "b"))
    assert ask([under_way, job("wanted")], [executor(1)]).start_in == pytest.approx(10.0)


def test_it_waits_behind_a_reservation() -> None:
    wide = job("wide", age=60.0, thread_demand=2)
    held = {"wide": Reservation("wide", 30.0, {"w1": 2})}
    fleet = [executor(2, LiveLease("minute", elapsed=30.0))]
    # The wide one runs on two slots for as long as on one: nobody knows better.
    answer = ask([wide, job("wanted", "minute")], fleet, held)
    assert answer.start_in == pytest.approx(35.0)
    assert answer.guessed == ("ten/2",)


def test_it_never_starts_where_nobody_can_run_it() -> None:
    assert ask([job("wanted", "strange")], [executor(4)]).basis == Basis.NEVER
    fleet = [executor(4, LiveLease("ten"))]
    assert ask([job("wanted", "strange")], fleet) == Forecast(None, Basis.NEVER, 0)
    assert ask([job("wanted")], []).start_in is None


def test_what_is_not_known_is_guessed_and_named() -> None:
    answer = ask([job("wanted")], [executor(1, LiveLease("unknown"))])
    assert answer.guessed == ("unknown",)
    assert answer.start_in == pytest.approx(7.5)


def test_what_is_overdue_ends_soon() -> None:
    answer = ask([job("wanted")], [executor(1, LiveLease("ten", elapsed=70.0))])
    assert answer.start_in == pytest.approx(1.0)


def test_a_long_queue_goes_on_by_the_rate_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = [job(f"{n:05}", age=10.0) for n in range(2000)] + [job("wanted")]
    exact = ask(queue, [executor(8)])
    assert exact.start_in == pytest.approx(2500.0, rel=0.02)
    monkeypatch.setattr(module, "MOST_DECISIONS", 200)
    answer = ask(queue, [executor(8)])
    assert (answer.basis, answer.ahead) == (Basis.EXTRAPOLATED, 2000)
    assert answer.start_in == pytest.approx(2500.0, rel=0.1)
    monkeypatch.setattr(module, "MOST_LOOKS", 20)
    assert ask(queue, [executor(8)]).start_in == pytest.approx(2500.0, rel=0.2)


def test_jobs_that_are_not_listed_are_counted() -> None:
    queue = [job(f"{n:05}", age=10.0) for n in range(80)] + [job("wanted")]
    answer = ask(queue, [executor(8)], beyond=80)
    assert (answer.basis, answer.ahead) == (Basis.EXTRAPOLATED, 160)
    assert answer.start_in == pytest.approx(200.0, rel=0.15)


@given(queues(), fleets(), holdings(), st.data())
def test_any_job_has_a_forecast_and_nothing_is_changed(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings, data: st.DataObject
) -> None:
    if not queue:
        return
    wanted = data.draw(st.sampled_from(queue)).id
    before = deepcopy((queue, fleet, held))
    arguments = (queue, fleet, DURATIONS, LIMITS, Policy(), held, wanted)
    answer = forecast(*arguments)
    assert (answer.start_in is None) == (answer.basis == Basis.NEVER)
    assert answer.start_in is None or answer.start_in >= 0
    assert answer.ahead <= len(queue)
    assert forecast(*arguments) == answer
    assert (queue, fleet, held) == before
