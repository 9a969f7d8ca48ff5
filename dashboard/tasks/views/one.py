"""The page of a task: what it says, when it fires next, and what it made."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from dashboard.pages.access import PageView
from dashboard.tasks import chart, listing, outcomes
from dashboard.tasks.views import backfills, links
from jobs.errors import CeleriacError
from scheduling import cron
from scheduling.api import queries
from scheduling.defining import lookup, timetables
from scheduling.defining.preview import Tick, preview
from scheduling.models import Task

TICKS_SHOWN = 8
HISTORY_SHOWN = 25
CHART_SHOWN = 60


class OneTask(PageView):
    """A task."""

    template_name = "ui/tasks/task.html"

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """Everything about it, or what changes of it: `?part=history` or `?part=ticks`."""
        key, part = str(task_id), request.GET.get("part")
        task = listing.one(key)
        if part == "history":
            self.template_name = "ui/tasks/history.html"
            return self.show({"task": task, **made(key)})
        if part == "ticks":
            self.template_name = "ui/tasks/ticks.html"
            return self.show(next_ticks(task))
        periodic = Task.objects.values_list("periodic_task_id", flat=True).get(pk=key)
        return self.show(
            {
                **links.shown(key),
                "task": task,
                "topic": f"tasks:{key}",
                "periodic_task": periodic,
                "backfills": backfills.listed(key),
                **next_ticks(task),
                **made(key),
            }
        )


def next_ticks(task: dict[str, Any]) -> dict[str, Any]:
    """The next ticks as if it were enabled, or why there are none."""
    try:
        timetable = timetables.of_task(str(task["id"]))
        zone = cron.find_zone(task["timezone"])
    except CeleriacError as error:
        return {"ticks": [], "ticks_problem": str(error)}
    ticks: list[Tick] = []
    if timetable.schedule is not None:
        now = lookup.context_for_task().now
        ticks = preview(timetable.schedule, timetable.rules, zone, now, TICKS_SHOWN)
    return {"ticks": ticks, "ticks_problem": ""}


def made(task_id: str) -> dict[str, Any]:
    """Its latest jobs, and how long they ran."""
    jobs = [
        queries.present_entry(row)
        for row in queries.history(task_id).order_by("-id")[:HISTORY_SHOWN]
    ]
    latest = outcomes.latest([task_id], CHART_SHOWN).get(task_id, [])
    return {"jobs": jobs, "chart": chart.draw(latest[::-1])}
