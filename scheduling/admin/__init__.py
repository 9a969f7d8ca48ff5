"""The pages of tasks, calendars and schedulers in Django's admin."""

from scheduling.admin import backfills, calendars, instances, tasks

__all__ = ["backfills", "calendars", "instances", "tasks"]
