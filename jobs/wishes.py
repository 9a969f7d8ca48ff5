"""What a job may wish of its placement. Pure: no Django, no I/O."""

from __future__ import annotations

from enum import StrEnum


class Placing(StrEnum):
    """Where the chunks of a job go."""

    SPREAD = "spread"
    """On free slots of any executors."""
    PACK = "pack"
    """On one executor."""


class OnShortage(StrEnum):
    """What becomes of a job that asks for more slots than there could ever be."""

    SINGLE = "single"
    """It gets one."""
    DEGRADE = "degrade"
    """It gets what there is."""
    WAIT = "wait"
    """It waits for more executors."""
