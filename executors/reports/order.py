"""Whether a report of progress is news. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from executors.logs.lines import storable
from executors.reports.report import Progress, Report


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an execution: the last sequence number, its progress, its log's end."""

    sequence: int | None = None
    progress: Progress | None = None
    last_lines: Sequence[str] = ()


def is_news(report: Report, known: Known) -> bool:
    """False for a report that is repeated, or was overtaken by a later one.

    Where reports are not numbered, one that says less progress than is known was overtaken, and
    one that says the same, with the same lines as are the last in the log, is repeated.
    """
    if report.sequence is not None and known.sequence is not None:
        return report.sequence > known.sequence
    if report.sequence is not None or report.progress is None or known.progress is None:
        return True
    if report.progress != known.progress:
        return report.progress.fraction >= known.progress.fraction
    return not _ends_with(known.last_lines, [storable(line.text) for line in report.logs])


def _ends_with(lines: Sequence[str], end: Sequence[str]) -> bool:
    return len(lines) >= len(end) and list(lines[len(lines) - len(end) :]) == list(end)
