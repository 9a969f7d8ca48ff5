"""The errors of tasks and their schedules."""

from __future__ import annotations

from jobs.errors import CeleriacError


class TaskNotFound(CeleriacError):
    """There is no task {id}."""

    code = "task_not_found"


class NameTaken(CeleriacError):
    """There is a periodic task called {name!r} already."""

    code = "name_taken"
