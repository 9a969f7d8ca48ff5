"""When a task fires: cron expressions, fixed rates and fixed delays. Pure: no Django, no I/O."""

from scheduling.cron.errors import InvalidSchedule, UnknownTimezone
from scheduling.cron.parsing import parse
from scheduling.cron.schedule import Kind, Schedule

__all__ = ["InvalidSchedule", "Kind", "Schedule", "UnknownTimezone", "parse"]
