"""What can be wrong with a schedule."""

from __future__ import annotations

from jobs.errors import CeleriacError


class InvalidSchedule(CeleriacError):
    """{problem}"""

    code = "invalid_schedule"
    field = "cron_expression"
    """The field of a task that has to be mended."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)


class UnknownTimezone(InvalidSchedule):
    """{problem}"""

    code = "unknown_timezone"
    field = "timezone"
