"""Calendars: named sets of dates and hours at which tasks don't run. Pure: no Django, no I/O."""

from scheduling.calendars.calendar import Calendar
from scheduling.calendars.reading import RuleSpec, load

__all__ = ["Calendar", "RuleSpec", "load"]
