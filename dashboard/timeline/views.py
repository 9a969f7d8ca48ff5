"""The timeline: what ran where, as bars in the slots of all executors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from dashboard.kept import Kept
from dashboard.pages.access import PageView
from dashboard.timeline import answer, reading
from dashboard.timeline.reading import Span
from executors.errors import ExecutorNotFound
from executors.models import Executor
from jobs.invalid import ErrorList

MINUTES = 15
LONGEST = timedelta(hours=1)
SHORTEST = timedelta(milliseconds=10)
OLDEST = timedelta(days=7)
LISTED = 50
kept: Kept[dict[str, Any]] = Kept(1.0)
"""The last minutes, by the name of the executor."""


class Timeline(PageView):
    """The page: a drawing, and the latest bars as a list."""

    template_name = "ui/timeline/timeline.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """All executors, or with `?executor=NAME` one of them."""
        name = _executor(request)
        seen = reading.read(_last_minutes(datetime.now(UTC)), name, LISTED)
        places = {place.id: place.name for place in seen.places}
        return self.show(
            {
                "executor": name,
                "minutes": MINUTES,
                "listed": [
                    {"bar": bar, "executor": places[bar.executor], "seconds": _seconds(bar)}
                    for bar in reversed(seen.bars)
                ],
                "merged": sum(one.leases for one in seen.densities),
                "is_empty": not seen.places,
                "only": reading.EXECUTORS if len(seen.places) == reading.EXECUTORS else 0,
            }
        )


class TimelineData(PageView):
    """What the drawing shows, as JSON."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The last minutes, or the span of `?from=` and `?to=`, in milliseconds of Unix time."""
        name = _executor(request)
        now = datetime.now(UTC)
        if "from" in request.GET or "to" in request.GET:
            return JsonResponse(_seen(_span(request, now), name, now))
        return JsonResponse(kept.get(name, lambda: _seen(_last_minutes(now), name, now)))


def _seen(span: Span, name: str, now: datetime) -> dict[str, Any]:
    return answer.shape(reading.read(span, name), span, now)


def _last_minutes(now: datetime) -> Span:
    return Span(now - timedelta(minutes=MINUTES), now)


def _executor(request: HttpRequest) -> str:
    """The executor that is asked for, if one is; raises `ExecutorNotFound`."""
    name = request.GET.get("executor", "")
    if name and ("\0" in name or not Executor.objects.filter(name=name).exists()):
        raise ExecutorNotFound(name=name[:200])
    return name


def _span(request: HttpRequest, now: datetime) -> Span:
    """The span that is asked for; raises `InvalidRequest`."""
    errors = ErrorList()
    start = _moment(request, "from", now - timedelta(minutes=MINUTES), now, errors)
    end = _moment(request, "to", now, now, errors)
    if not errors.count and not SHORTEST <= end - start <= LONGEST:
        errors.add(["to"], "range", "Ask for at least 10 ms and at most an hour.")
    errors.check()
    return Span(start, end)


def _moment(
    request: HttpRequest, name: str, default: datetime, now: datetime, errors: ErrorList
) -> datetime:
    text = request.GET.get(name)
    if text is None:
        return default
    oldest, newest = now - OLDEST, now + LONGEST
    if text.isascii() and text.isdigit() and len(text) < 15:
        seconds = int(text) / 1000
        if oldest.timestamp() <= seconds <= newest.timestamp():
            return datetime.fromtimestamp(seconds, UTC)
    errors.add([name], "range", "Give milliseconds of Unix time within the last seven days.")
    return default


def _seconds(bar: reading.Bar) -> float | None:
    return (bar.end - bar.start).total_seconds() if bar.end else None
