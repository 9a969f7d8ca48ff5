"""What is said of a job that HTTP executors could run, while no gateway calls them: pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from executors.queues import GATEWAY_COMMAND
from jobs.wishes import OnShortage
from scheduling.explaining.answer import WhyWaiting
from scheduling.explaining.scene import UNREACHABLE, Absent
from scheduling.explaining.waits import waiting
from scheduling.placement import Capacity, LiveLease, QueuedJob
from tests.scheduling.test_explain import scene

LONG = frozenset({"long"})


def http(name: str = "shop:one", slots: int = 1, status: str = UNREACHABLE) -> Absent:
    return Absent(name, status, slots, slots, LONG, {"group": "shop"})


def worker(*leases: LiveLease, types: frozenset[str] = LONG) -> Capacity:
    return Capacity("w1", "w1", 1, types, leases=list(leases))


def why(*absent: Absent, fleet: list[Capacity], **fields: Any) -> WhyWaiting:
    job = QueuedJob("the job", "long", 5, 1.0, **fields)
    return waiting.why(replace(scene(job, [job], fleet), absent=absent))


def kinds(its: WhyWaiting) -> list[str]:
    return [str(blocker.kind) for blocker in its.blockers]


def test_that_no_gateway_runs_is_the_whole_reason_and_a_gateway_the_remedy() -> None:
    its = why(http("shop:one"), http("shop:two"), fleet=[worker(types=frozenset({"quick"}))])
    assert kinds(its) == ["no_gateway"]
    assert its.blockers[0].text == (
        f"No gateway runs, so shop:one and shop:two can't be called: start `{GATEWAY_COMMAND}`."
    )
    assert its.blockers[0].executors == ["shop:one", "shop:two"]
    first = its.changes[0]
    assert (first.kind, first.start_in) == ("gateway", 0.0)
    assert first.text == f"Start a gateway: `{GATEWAY_COMMAND}`."
    rooms = {one.name: (one.status, one.why_not) for one in its.executors}
    assert rooms["shop:one"] == rooms["shop:two"] == (UNREACHABLE, "is unreachable")
    assert waiting.in_words(its) == its.blockers[0].text


def test_one_that_waits_for_workers_hears_of_it_after_what_it_waits_for() -> None:
    its = why(http(), fleet=[worker(LiveLease("long", elapsed=10.0))])
    assert kinds(its) == ["slots", "no_gateway"]
    assert [(one.kind, one.start_in) for one in its.changes[:1]] == [("gateway", 0.0)]


def test_a_gateway_does_not_help_who_has_other_labels_or_another_type() -> None:
    its = why(http(), fleet=[worker()], requires=(("group", "other"),))
    assert kinds(its) == ["labels"]
    assert "gateway" not in {one.kind for one in its.changes}


def test_it_does_not_hide_that_a_job_is_too_wide() -> None:
    wide = {"thread_demand": 8, "on_shortage": OnShortage.WAIT}
    assert kinds(why(http(), fleet=[worker()], **wide)) == ["too_wide", "no_gateway"]


def test_who_is_away_for_other_reasons_is_told_apart() -> None:
    its = why(http(), http("shop:two", status="draining"), fleet=[])
    assert kinds(its) == ["no_gateway", "unavailable"]
    assert its.blockers[1].executors == ["shop:two"]
    assert {one.kind for one in its.changes} >= {"gateway", "bring_back"}


def test_one_that_starts_on_a_worker_hears_nothing() -> None:
    assert why(http(), fleet=[worker()]).starts_now
