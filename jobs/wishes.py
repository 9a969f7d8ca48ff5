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


class LoadBalanceStrategy(StrEnum):
    """How one of several executors that could run a job is chosen."""

    ROUND_ROBIN = "round_robin"
    """Each in its turn."""
    WEIGHTED = "weighted"
    """Each in its turn, as often as its weight says, evenly mixed."""
    RANDOM = "random"
    """Any, with chances by weight."""
    STICKY = "sticky"
    """The one that had the last job, for as long as it is to be had within a while."""
    LEAST_LOADED = "least_loaded"
    """The one with the most free slots."""
    CONSISTENT_HASH = "consistent_hash"
    """Always the same one for the same routing key, as long as it is there."""
    FAILOVER = "failover"
    """The first in order of priority that is healthy."""
    LEAST_RECENTLY_USED = "least_recently_used"
    """The one whose last job is the longest ago."""
    LEAST_FREQUENTLY_USED = "least_frequently_used"
    """The one that had the fewest jobs of late."""
    BROADCAST = "broadcast"
    """All of them, each with its shard."""


PREFERRING = frozenset(
    {
        LoadBalanceStrategy.STICKY,
        LoadBalanceStrategy.CONSISTENT_HASH,
        LoadBalanceStrategy.FAILOVER,
    }
)
"""Those that may wait for one executor while another is free."""
