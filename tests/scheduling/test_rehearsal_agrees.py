"""What explain rehearses in milliseconds, against placement played forward."""

from __future__ import annotations

import random
from statistics import median

from scheduling.batching import BatchLimits, Durations
from scheduling.explaining.scene import Rules
from scheduling.explaining.waits.rehearsal import Rehearsal
from scheduling.placement import Capacity, LiveLease, Policy, QueuedJob
from tests.support.simulated_forecast import forecast

SECONDS = {"brief": 0.02, "usual": 0.5, "slow": 2.0}
WIDTHS = (2, 4)
DURATIONS = Durations(
    SECONDS | {f"{name}/{width}": its for name, its in SECONDS.items() for width in WIDTHS}
)
LIMITS, POLICY = BatchLimits(), Policy()


def both(chance: random.Random) -> tuple[float, float]:
    """When some job of some queue starts: as placement does it, and as people are told."""
    jobs = [
        QueuedJob(
            f"j{number:05d}",
            chance.choice(list(SECONDS)),
            chance.choice([3, 5, 7]),
            1000.0 - number * 0.1,
            thread_demand=chance.choice([1, 1, 1, *WIDTHS]),
        )
        for number in range(chance.choice([5, 50, 200]))
    ]
    fleet = [
        Capacity(str(n), f"w{n}", 4, frozenset(SECONDS), {}, [LiveLease("usual", 1, 0.1)] * 4)
        for n in range(3)
    ]
    wanted = chance.choice(jobs).id
    simulated = forecast(jobs, fleet, DURATIONS, LIMITS, POLICY, {}, wanted).start_in
    told = Rehearsal(jobs, fleet, Rules(DURATIONS, LIMITS, POLICY)).start(wanted)
    assert simulated is not None
    assert told is not None
    return simulated, told


def test_the_rehearsal_tells_what_placement_would_do() -> None:
    """But for a few: who passes whom around a wide job may turn on a moment."""
    chance = random.Random(20261121)
    pairs = [both(chance) for _ in range(40)]
    errors = sorted(abs(told - real) / max(real, 0.5) for real, told in pairs)
    assert median(errors) < 0.05
    assert errors[int(len(errors) * 0.75)] < 0.25, errors
