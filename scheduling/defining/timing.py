"""Where a Task's schedule is written: in its PeriodicTask, or in itself what that can't show.

Pure: no I/O. `None` as the expression means that there are no ticks: the Task is only triggered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jobs.errors import CeleriacError

MARKER = (36525, "days")
"""The interval, a century, of a PeriodicTask whose schedule only its Task can show.

Intervals are recognised by their value, since rows that are alike may be made at any time. The
trigger `celeriac_keep_marker` names the same value.
"""

UNITS = {"days": "d", "hours": "h", "minutes": "m", "seconds": "s", "microseconds": "us"}


class UnknownSchedule(CeleriacError):
    """A task can have a crontab or an interval, not {kind}."""

    code = "unknown_schedule"


class Shown(NamedTuple):
    """A PeriodicTask's schedule: `crontab` is its five fields, minute first."""

    crontab: Sequence[str] | None = None
    crontab_timezone: str | None = None
    every: int | None = None
    period: str | None = None
    other: str | None = None
    """What else it has: `solar` or `clocked`."""


class Timing(NamedTuple):
    """A schedule's text, None if there is none, and the time zone that it is read in."""

    expression: str | None
    timezone: str


def timing(cron_expression: str | None, timezone: str | None, shown: Shown) -> Timing:
    """The schedule of a Task with these columns and this PeriodicTask; raises UnknownSchedule."""
    if shown.crontab is not None:
        # The admin lets spaces into a field.
        fields = ("".join(field.split()) or "*" for field in shown.crontab)
        return Timing(" ".join(fields), shown.crontab_timezone or "UTC")
    if shown.every is None or shown.period is None:
        raise UnknownSchedule(kind=shown.other or "none")
    if (shown.every, shown.period) == MARKER:
        return Timing(cron_expression, timezone or "UTC")
    return Timing(f"@every {shown.every}{UNITS[shown.period]}", timezone or "UTC")
