"""Why a job can't start now."""

from __future__ import annotations

from scheduling.placement.demand import Demand
from scheduling.placement.model import Obstacle, Reason
from scheduling.placement.room import Room


def explain(demand: Demand) -> Reason:
    """Too few slots are free, or those that are free are kept for a wide job."""
    width, pool = demand.width, demand.pool
    roomiest = pool.roomiest()
    if demand.together:
        most = roomiest.free if roomiest else 0
        usable = max([most, *(room.usable(demand.lasts) for room in pool.kept)])
        keeping = [room for room in pool.kept if room.free >= width]
    else:
        usable = pool.usable(demand.lasts)
        keeping = [room for room in pool.kept if room.free > room.usable(demand.lasts)]
        if pool.free + sum(room.free for room in pool.kept) < width:
            keeping = []
    if keeping:
        return Reason(Obstacle.RESERVED, width, usable, _holder(keeping[0]))
    return Reason(Obstacle.BUSY, width, usable)


def _holder(room: Room) -> str | None:
    """The job whose reservation comes first."""
    return room.kept.claims[0][2] if room.kept else None
