"""A delay that grows by the same amount each time."""

from __future__ import annotations

from typing import Literal

from jobs.retry.policy import Capped


class Linear(Capped):
    """`delay`, twice, three times `delay`, and so on."""

    strategy: Literal["linear"]

    def delay_after(self, attempt: int) -> float:
        return min(self.delay * attempt, self.max_delay)
