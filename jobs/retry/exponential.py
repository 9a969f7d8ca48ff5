"""A delay that is multiplied each time."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobs.retry.policy import Capped

EXPONENT_MAX = 300
"""Beyond it a float overflows, long after every limit is reached."""


class Exponential(Capped):
    """`delay`, `factor` times `delay`, `factor` times that, and so on."""

    strategy: Literal["exponential"]
    factor: Annotated[float, Field(gt=1, le=10)] = 2.0
    jitter: Annotated[
        float,
        Field(ge=0, le=1, description="The share by which a delay may fall short, at random."),
    ] = 0.2

    def delay_after(self, attempt: int) -> float:
        growth = self.factor ** min(attempt - 1, EXPONENT_MAX)
        return min(self.delay * growth, self.max_delay)
