"""What all retry policies have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DELAY_MAX = 30 * 24 * 3600.0
"""Seconds."""

Delay = Annotated[float, Field(ge=0, le=DELAY_MAX)]


class Policy(BaseModel):
    """Delays in seconds between attempts, and the errors after which there is no other.

    A subclass says of itself with `delay_after` how the delays go on.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    strategy: str
    jitter: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="The share by which a delay may fall short, at random, so that jobs that "
            "failed together come apart.",
        ),
    ] = 0.0
    give_up_on: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100, pattern="^[^\x00]*$")]],
        Field(
            max_length=50,
            description="Errors after which there is no other attempt: codes, such as `timeout` "
            "or `lost`, or names of exceptions, such as `ValueError`, and of their bases.",
        ),
    ] = []

    def delay_after(self, attempt: int) -> float:
        """Seconds between attempt number `attempt`, from 1, and the next one."""
        raise NotImplementedError

    @property
    def attempts(self) -> int | None:
        """Attempts that a job has if nothing else says how many; None: as its type says."""
        return None


class Capped(Policy):
    """Delays that grow up to a limit."""

    delay: Annotated[Delay, Field(description="Seconds before the second attempt.")] = 1.0
    max_delay: Annotated[Delay, Field(description="Seconds that no delay exceeds.")] = 300.0
