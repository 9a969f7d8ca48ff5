"""The errors of tasks and their schedules."""

from __future__ import annotations

from jobs.errors import CeleriacError


class TaskNotFound(CeleriacError):
    """There is no task {id}."""

    code = "task_not_found"


class NameTaken(CeleriacError):
    """There is a periodic task called {name!r} already."""

    code = "name_taken"


class CalendarNotFound(CeleriacError):
    """There is no calendar {id}."""

    code = "calendar_not_found"


class CalendarInUse(CeleriacError):
    """Tasks use this calendar, such as {names}: give them another one first."""

    code = "calendar_in_use"


class NotScheduled(CeleriacError):
    """The task has no ticks to {verb}: it is only triggered, or counts from its last job's end."""

    code = "not_scheduled"


class NoTickLeft(CeleriacError):
    """No tick is to come, since its calendar leaves none: edit the calendar or the schedule."""

    code = "no_tick_left"


class CyclicChain(CeleriacError):
    """The tasks would trigger each other for ever: {names}. Break the circle."""

    code = "cyclic_chain"


class ChainTooLong(CeleriacError):
    """{longest} jobs come before this one in its chain, which is as long as one may be."""

    code = "chain_too_long"


class BackfillNotFound(CeleriacError):
    """There is no backfill {id}."""

    code = "backfill_not_found"


class BackfillEnded(CeleriacError):
    """The backfill has ended already, so it can't be cancelled."""

    code = "backfill_ended"
