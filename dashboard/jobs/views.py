"""The page of all jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from dashboard.jobs import address, choices
from dashboard.jobs.asked import SIZES, Asked
from dashboard.jobs.chips import chips, views
from dashboard.jobs.rows import rows
from dashboard.jobs.search import SALT, Found, newer, newest_id, search
from dashboard.pages.access import PageView
from jobs.api.keyset import Place
from jobs.ids import is_uuid
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
            found = search(rows(asked.jobs), asked.place, asked.size)
        except TookTooLong:
            return self.show(frame | {"too_broad": TOO_BROAD}, status=503)
        return self.show(frame | _page(asked, found) | {"seen": seen})


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
        "clear": asked.url(dict.fromkeys(asked.query, "")),
        "sizes": [(size, asked.url({"size": str(size)})) for size in SIZES],
        "now": asked.now,
    }


def _page(asked: Asked, found: Found) -> dict[str, Any]:
    """The rows, and where the pages beside them are."""
    place = asked.place
    backwards = place is not None and place.backwards
    page = found.rows[::-1] if backwards else found.rows
    onwards = str(found.reached) if found.reached else None
    first, last = (str(page[0]["id"]), str(page[-1]["id"])) if page else (None, None)
    before, after = (onwards or first, last) if backwards else (first, onwards or last)
    return {
        "jobs": page,
        "topic": "jobs:" + ",".join(str(job["id"]) for job in page),
        "reached": _made(found.reached) if found.reached else None,
        "next": _place(asked, after, False) if found.more or backwards else "",
        "previous": _place(asked, before, True) if (found.more if backwards else place) else "",
        "is_first": place is None,
    }


def _place(asked: Asked, key: str | None, backwards: bool) -> str:
    """The query string of the page past a job; of the first one where there is none."""
    if key is None:
        return asked.url({})
    return asked.url({"cursor": Place(None, key, backwards).encode(SALT)})


def _made(job_id: Any) -> datetime:
    """When a job with this id was made."""
    return datetime.fromtimestamp((job_id.int >> 80) / 1000, timezone.get_default_timezone())


def _url(query: QueryDict) -> str:
    tail = query.urlencode(safe=",:")
    return f"{reverse('ui:jobs')}?{tail}" if tail else reverse("ui:jobs")
