"""Rows of tasks, and of when they are due."""

from scheduling.models.backfills import Backfill
from scheduling.models.calendars import Calendar
from scheduling.models.next_runs import NextRun, UnsentTick
from scheduling.models.tasks import Task, TaskExecutor

__all__ = [
    "Backfill",
    "Calendar",
    "NextRun",
    "Task",
    "TaskExecutor",
    "UnsentTick",
]
