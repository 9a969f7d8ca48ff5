"""Rows of tasks, of when they are due, and of the processes that decide when and where."""

from scheduling.models.backfills import Backfill
from scheduling.models.calendars import Calendar
from scheduling.models.instances import SchedulerInstance
from scheduling.models.next_runs import NextRun, UnsentTick
from scheduling.models.tasks import Task, TaskExecutor

__all__ = [
    "Backfill",
    "Calendar",
    "NextRun",
    "SchedulerInstance",
    "Task",
    "TaskExecutor",
    "UnsentTick",
]
