"""The page of all jobs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from dashboard.jobs import address, choices
from dashboard.jobs.asked import ORDER, SALT, SIZES, Asked
from dashboard.jobs.chips import chips, views
from dashboard.jobs.counting import newer, newest_id
from dashboard.jobs.rows import rows
from dashboard.pages.access import PageView
from jobs.api.keyset import START, Place
from jobs.api.search import Page, search
from jobs.ids import is_uuid, made_at
from jobs.timelimit import TookTooLong

TOO_BROAD = "That took too long to find. Narrow it by time, by state or by task, or look for an id."


class JobsPage(PageView):
    """All jobs, active and final, the newest first."""

    template_name = "ui/jobs/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of the list, or what is wrong with the address."""
        if not address.is_tidy(request.GET):
            return HttpResponseRedirect(_url(address.tidy(request.GET)))
        asked = Asked(request.GET, timezone.now())
        frame = _frame(asked)
        if asked.errors:
            return self.show(frame | {"errors": asked.errors}, status=400)
        # Before the search: a job that is made meanwhile is rather counted as newer than missed.
        seen = newest_id()
        try:
            page = search(rows(asked.jobs), ORDER, asked.place, asked.size)
        except TookTooLong:
            return self.show(frame | {"too_broad": TOO_BROAD}, status=503)
        return self.show(frame | _page(asked, page) | {"seen": seen})


class Newer(PageView):
    """How many jobs that match are newer than those a page shows."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """`{"count", "seen"}`: those after the id `after`, and the newest id there is."""
        query = request.GET.copy()
        after = query.pop("after", [""])[-1]
        asked = Asked(query, timezone.now())
        if asked.errors or not is_uuid(after):
            return JsonResponse({"detail": "The address makes no sense."}, status=400)
        seen = newest_id()
        return JsonResponse({"count": newer(asked.jobs, after), "seen": seen or after})


def _frame(asked: Asked) -> dict[str, Any]:
    """What is around the rows."""
    return {
        "asked": asked,
        "chips": chips(asked),
        "views": views(asked),
        "choices": choices.all_choices(asked),
        "last_day": asked.url({"since": "24h"}),
        "first": asked.url({}),
        "clear": reverse("ui:jobs"),
        "sizes": [(size, asked.url({"size": str(size)})) for size in SIZES],
        "now": asked.now,
    }


def _page(asked: Asked, page: Page) -> dict[str, Any]:
    """The rows, and where the pages beside them are."""
    context = {
        "jobs": page.rows,
        "topic": "jobs:" + ",".join(str(job["id"]) for job in page.rows),
        "next": _place(asked, page.next),
        "previous": _place(asked, page.previous),
        "is_first": asked.place is None,
    }
    if page.reached:
        # One of the two is then no page beside this one, but the way on of the search.
        further = "previous" if asked.place and asked.place.backwards else "next"
        context |= {
            "reached": made_at(page.reached),
            "further": context[further],
            "forth": further == "previous",
            further: "",
        }
    return context


def _place(asked: Asked, place: Place | None) -> str:
    """The query string of the page past a place; nothing where there is none."""
    if place is None:
        return ""
    return asked.url({} if place is START else {"cursor": place.encode(SALT)})


def _url(query: QueryDict) -> str:
    tail = query.urlencode(safe=",:")
    return f"{reverse('ui:jobs')}?{tail}" if tail else reverse("ui:jobs")
