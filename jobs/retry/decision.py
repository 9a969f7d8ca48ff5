"""Whether a failed attempt is followed by another."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass

from jobs.retry.policy import Policy
from jobs.retry.registry import DEFAULT

PERMANENT = frozenset({"invalid_payload", "invalid_result", "unknown_job_type", "cancelled"})
"""Error codes that another attempt can't mend."""


@dataclass(frozen=True)
class Retry:
    """Run again, `delay` seconds from now."""

    delay: float


def decide(
    code: str,
    attempt: int,
    max_attempts: int,
    *,
    seed: str,
    policy: Policy = DEFAULT,
    names: Collection[str] = (),
    permanent: bool = False,
) -> Retry | None:
    """The next attempt after attempt number `attempt` (from 1) failed with `code`, or None.

    `names` are those of the exception and its bases. The same `seed` gives the same jitter.
    """
    if permanent or code in PERMANENT or attempt >= max_attempts:
        return None
    if not {code, *names}.isdisjoint(policy.give_up_on):
        return None
    chance = random.Random(f"{seed}/{attempt}").random()
    return Retry(policy.delay_after(attempt) * (1 - policy.jitter * chance))
