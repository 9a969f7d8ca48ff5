"""How often a log is looked at, and when it is over. Pure. Times are in seconds."""

from __future__ import annotations

from executors.protocols.xxl_job.wire.asked import LogPart

FASTEST = 2.0
SLOWEST = 30.0
SLOWING = 20
"""Between two looks lies this part of the run's time so far, within these limits."""

LINGER = 5.0
"""After the end of a run, for what an executor logs after it has reported."""

GIVE_UP = 60.0
"""After the end of a run, if the executor does not answer."""


def is_over(part: LogPart | None, ended_ago: float | None) -> bool:
    """Whether this look at a log was the last one; `part` is None if there was no answer.

    An executor's own word for the end counts once the run has ended: some say it whenever
    nothing is new, some while the log has not begun, and some never.
    """
    if ended_ago is None:
        return False
    if part is None:
        return ended_ago > GIVE_UP
    return part.is_end or ended_ago > GIVE_UP or (not part.lines and ended_ago > LINGER)
