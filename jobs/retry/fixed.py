"""The same delay each time."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobs.retry.policy import Delay, Policy


class Fixed(Policy):
    """The same delay each time."""

    strategy: Literal["fixed"]
    delay: Annotated[Delay, Field(description="Seconds.")] = 1.0

    def delay_after(self, attempt: int) -> float:  # noqa: ARG002  (the same after each)
        return self.delay
