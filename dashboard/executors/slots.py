"""The slots of an executor as cells, filled by what its live leases run."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs import types

HUES = 8
"""Colours that job types share."""


@dataclass(frozen=True, slots=True)
class LiveLease:
    """A lease that occupies slots; `job` is the one in its hands, or the first that waits in it."""

    executor: str
    id: str
    job_type: str
    kind: str
    slots: int
    size: int
    done: int
    is_claimed: bool
    since: datetime
    job: str | None
    job_name: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot. Free without a lease; `is_start` is False for the further slots of a wide one."""

    lease: LiveLease | None = None
    is_start: bool = True

    @property
    def hue(self) -> int:
        """The number of its job type's colour, always the same one for a type."""
        return hue_of(self.lease.job_type) if self.lease else 0


@dataclass(frozen=True, slots=True)
class Slots:
    """The cells that are shown, what is left out, and leases that wait behind full slots."""

    cells: list[Cell]
    total: int
    used: int
    ahead: int
    left_out: int = 0

    @property
    def words(self) -> str:
        """What the cells show, in a sentence."""
        types: dict[str, int] = {}
        for cell in self.cells:
            if cell.lease:
                types[cell.lease.job_type] = types.get(cell.lease.job_type, 0) + 1
        what = "".join(f", {count} by {name}" for name, count in sorted(types.items()))
        return f"{self.used} of {self.total} slots in use{what}"


def hue_of(job_type: str) -> int:
    """The number of a job type's colour, from 0: known types take their turns."""
    names = [known.name for known in types.all_types()]
    place = names.index(job_type) if job_type in names else zlib.crc32(job_type.encode())
    return place % HUES


def fill(total: int, leases: Sequence[LiveLease], shown: int) -> Slots:
    """An executor's slots: those in use first, in the order of the leases; at most `shown` cells.

    An executor may hold a lease more than it has slots, so that it need not wait for the next.
    """
    cells: list[Cell] = []
    ahead = 0
    for lease in sorted(leases, key=lambda one: (not one.is_claimed, one.id)):
        if len(cells) + lease.slots > total:
            ahead += 1
        else:
            cells += [Cell(lease, is_start=index == 0) for index in range(lease.slots)]
    used = len(cells)
    cells += [Cell()] * (total - used)
    return Slots(cells[:shown], total, used, ahead, max(0, total - shown))
