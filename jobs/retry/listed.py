"""Delays that are written down one by one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jobs.retry.policy import Delay, Policy


class Listed(Policy):
    """One delay after the other; the last one goes on if there are more attempts."""

    strategy: Literal["list"]
    delays: Annotated[
        list[Delay],
        Field(
            min_length=1,
            max_length=99,
            description="Seconds. If `max_attempts` is left out, there are as many attempts as "
            "these delays lie between.",
        ),
    ]

    def delay_after(self, attempt: int) -> float:
        return self.delays[min(attempt, len(self.delays)) - 1]

    @property
    def attempts(self) -> int | None:
        return len(self.delays) + 1
