"""The list of tasks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboard.pages.access import PageView
from dashboard.tasks import listing
from jobs import types
from scheduling.choices import ExecutionMode

FILTERS = ("name", "type", "enabled", "execution_mode", "calendar", "has_problem")

LIVE_MOST = 200
"""Tasks of a page that are followed: a stream takes no more ids."""


class Tasks(PageView):
    """All tasks, by name, with their next ticks and how their latest jobs ended."""

    template_name = "ui/tasks/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of the list; the query string is that of the API's list."""
        page = listing.read(request)
        asked = request.GET
        return self.show(
            {
                "page": page,
                "asked": asked,
                "is_narrowed": any(asked.get(name) for name in FILTERS),
                "types": [kind.name for kind in types.all_types()],
                "modes": list(ExecutionMode),
                "topic": "tasks:" + ",".join(str(task["id"]) for task in page.tasks[:LIVE_MOST]),
            }
        )
