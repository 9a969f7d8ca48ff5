"""The end of a log, on the page of the job or the execution that it belongs to."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from executors.logs import reading
from executors.logs.reading import Query
from executors.models import Execution
from jobs.models import Job

SHOWN = 200
"""Lines on a page: the last ones."""

SHADES = {"debug": "text-gray-500", "warning": "text-orange-600", "error": "text-red-600"}
SHADES["critical"] = SHADES["error"]


class LogOfJob:
    """A field `log` for the page of a job."""

    @display(description="log")
    def log(self, job: Job) -> SafeString | str:
        """What its executions said last."""
        return _last_lines(Query(str(job.id), limit=SHOWN))


class LogOfExecution:
    """A field `log` for the page of an execution."""

    @display(description="log")
    def log(self, execution: Execution) -> SafeString | str:
        """What it said last."""
        query = Query(str(execution.job_id), execution_id=str(execution.id), limit=SHOWN)
        return _last_lines(query)


def _last_lines(query: Query) -> SafeString | str:
    lines = reading.read_last(query)
    if not lines:
        return "-"
    rows = [
        (SHADES.get(line["level"], ""), f"{line['at']:%H:%M:%S.%f}"[:-3], line["text"])
        for line in lines
    ]
    text = format_html_join("\n", '<span class="{}">{} {}</span>', rows)
    earlier = f"The last {SHOWN} lines:\n" if len(lines) == SHOWN else ""
    return format_html('<pre class="whitespace-pre-wrap font-mono">{}{}</pre>', earlier, text)
