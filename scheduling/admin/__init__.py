"""The pages of tasks, backfills and calendars in Django's admin."""

from scheduling.admin import backfills, calendars, tasks

__all__ = ["backfills", "calendars", "tasks"]
