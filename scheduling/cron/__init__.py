"""When a task fires: cron expressions, fixed rates and fixed delays. Pure: no Django, no I/O."""

from scheduling.cron.errors import InvalidSchedule, UnknownTimezone
from scheduling.cron.parsing import parse
from scheduling.cron.schedule import Kind, Schedule
from scheduling.cron.zones import find_zone

__all__ = ["InvalidSchedule", "Kind", "Schedule", "UnknownTimezone", "find_zone", "parse"]
