"""The tick checker notices what it is there for."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.support.ticks import Outage, Plan, Tick, Verdict, check

DAY = 1_800_000_000.0
PLAN = Plan(every=2, since=DAY, until=DAY + 20)


def ticks(seconds: Iterable[float], delay: float = 0.1, made: float | None = None) -> list[Tick]:
    return [
        Tick("it", DAY + second, DAY + second + delay if made is None else DAY + made)
        for second in seconds
    ]


def judge(found: list[Tick], plan: Plan = PLAN, *outages: Outage) -> Verdict:
    return check({"it": plan}, found, outages)


def test_all_is_well() -> None:
    verdict = judge(ticks(range(0, 20, 2)))
    assert not verdict.faults
    assert verdict.percentile(0.99) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (ticks(range(0, 18, 2)), {"missing": [("it", DAY + 18)]}),
        (ticks([*range(0, 20, 2), 4]), {"doubled": [("it", DAY + 4)]}),
        (ticks([*range(0, 20, 2), 5]), {"unexpected": [("it", DAY + 5)]}),
        (ticks(range(0, 18, 2)) + ticks([18], delay=-0.1), {"early": [("it", DAY + 18)]}),
        (
            [*ticks(range(0, 20, 2)), Tick("other", DAY, DAY)],
            {"unexpected": [("other", DAY)]},
        ),
    ],
)
def test_each_fault_is_seen(found: list[Tick], fault: dict[str, list[tuple[str, float]]]) -> None:
    assert judge(found).faults == fault


OUTAGE = Outage(DAY + 4, DAY + 14.5)
BEFORE, AFTER = ticks([0, 2]), ticks([16, 18])


@pytest.mark.parametrize(
    ("policy", "kept"),
    [("skip", [12, 14]), ("fire_once", [10, 12, 14]), ("fire_all", [8, 10, 12, 14])],
)
def test_late_ticks_are_as_the_policy_says(policy: str, kept: list[int]) -> None:
    plan = Plan(every=2, since=DAY, until=DAY + 20, policy=policy, grace=3, limit=2)
    caught_up = ticks(kept, made=14.6)
    assert not judge(BEFORE + caught_up + AFTER, plan, OUTAGE).faults
    less = judge(BEFORE + caught_up[1:] + AFTER, plan, OUTAGE).faults
    assert less == {"missing": [("it", DAY + kept[0])]}
    more = judge(BEFORE + caught_up + ticks([4], made=14.6) + AFTER, plan, OUTAGE).faults
    assert more == {"unexpected": [("it", DAY + 4)]}


def test_what_an_outage_held_up_is_no_lateness() -> None:
    verdict = judge(BEFORE + ticks(range(4, 16, 2), made=14.6) + AFTER, PLAN, OUTAGE)
    assert not verdict.faults
    assert len(verdict.lateness) == 4
