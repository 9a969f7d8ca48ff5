"""The errors of executors."""

from __future__ import annotations

from jobs.errors import CeleriacError
from jobs.invalid import BodyTooLarge


class NameTaken(CeleriacError):
    """An executor named {name!r} is alive already; start this worker with another -n NAME."""

    code = "name_taken"


class MemberNameTaken(CeleriacError):
    """There is an executor {name!r} of another kind: choose another name or instance_id."""

    code = "name_taken"


class GroupFull(CeleriacError):
    """Group {group!r} has {limit} executors (EXECUTORS_PER_GROUP): remove those that are gone."""

    code = "group_full"


class ExecutorNotFound(CeleriacError):
    """There is no executor {name!r}."""

    code = "executor_not_found"


class StatusRefused(CeleriacError):
    """{reason}"""

    code = "status_refused"


class ExecutorInUse(CeleriacError):
    """{name} is a Celery worker that is {status}: stop it first."""

    code = "executor_in_use"


class ReportTooLarge(BodyTooLarge):
    """A report has at most {limit} bytes: say where the result is instead, or less of the log."""
