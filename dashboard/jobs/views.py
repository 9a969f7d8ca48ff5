"""The page of all jobs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboard.pages.access import PageView


class JobsPage(PageView):
    """All jobs, active and final, the newest first."""

    template_name = "ui/jobs/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of the list."""
        del request
        return self.show()
