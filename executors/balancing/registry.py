"""The load-balance strategies by name. Pure: no Django, no I/O."""

from __future__ import annotations

from executors.balancing import (
    broadcast,
    consistent_hash,
    failover,
    least_frequently_used,
    least_loaded,
    least_recently_used,
    random,
    round_robin,
    sticky,
    weighted,
)
from executors.balancing.strategy import Strategy
from jobs.wishes import LoadBalanceStrategy

STRATEGIES: dict[LoadBalanceStrategy, Strategy] = {
    LoadBalanceStrategy.ROUND_ROBIN: round_robin.choose,
    LoadBalanceStrategy.WEIGHTED: weighted.choose,
    LoadBalanceStrategy.RANDOM: random.choose,
    LoadBalanceStrategy.STICKY: sticky.choose,
    LoadBalanceStrategy.LEAST_LOADED: least_loaded.choose,
    LoadBalanceStrategy.CONSISTENT_HASH: consistent_hash.choose,
    LoadBalanceStrategy.FAILOVER: failover.choose,
    LoadBalanceStrategy.LEAST_RECENTLY_USED: least_recently_used.choose,
    LoadBalanceStrategy.LEAST_FREQUENTLY_USED: least_frequently_used.choose,
    LoadBalanceStrategy.BROADCAST: broadcast.choose,
}
