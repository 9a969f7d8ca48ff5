"""How long a leader may think in one transaction.

One that says nothing to Postgres for two seconds leads no more, and what it thought of is undone:
the next leader would come as far and no further. So what takes long goes on in the next round.
"""

from __future__ import annotations

import time

THOUGHT = 0.5
"""Seconds. Whatever is being thought of then is thought to its end."""


class Patience:
    """Once called, whether the time since it was made is up."""

    def __init__(self) -> None:
        self._end = time.monotonic() + THOUGHT

    def __call__(self) -> bool:
        """Whether it is."""
        return time.monotonic() > self._end
