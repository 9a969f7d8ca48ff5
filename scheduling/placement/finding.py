"""Where there is room for a job."""

from __future__ import annotations

from scheduling.placement.lines import Line
from scheduling.placement.room import Room


def find(line: Line, slots: int) -> Room | None:
    """The executor that has so many free slots for a job of the line, if one has.

    First those of which nothing is kept, the roomiest first; then those that may be used until
    a wide job starts there; at last those where a lease may be handed out ahead.
    """
    demand = line.its
    room = demand.pool.roomiest()
    if room and room.free >= slots:
        return room
    kept = demand.pool.kept
    # What a job of this line may use there only shrinks, so none is looked at twice.
    while line.passed < len(kept):
        if kept[line.passed].usable(demand.lasts) >= slots:
            return kept[line.passed]
        line.passed += 1
    return room if room and demand.short else None


def gather(line: Line) -> list[Room]:
    """Takes as many slots as the first job of the line is wide, one by one; or none at all."""
    demand = line.its
    if demand.together:
        room = find(line, demand.width)
        rooms = [room] * demand.width if room else []
        for taken in rooms:
            taken.take(1, demand.lasts)
        return rooms
    if demand.pool.usable(demand.lasts) < demand.width:
        return []
    rooms = []
    while len(rooms) < demand.width:
        room = find(line, 1)
        assert room, "There are fewer free slots than were counted."
        room.take(1, demand.lasts)
        rooms.append(room)
    return rooms
