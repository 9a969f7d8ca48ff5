"""The first page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.history import charts
from dashboard.history.charts import MEASURES, SPLITS, Asked
from dashboard.history.spans import RANGES
from dashboard.live import latest
from dashboard.pages.access import PageView, is_fragment, problem

UNKNOWN = (
    f"There are the ranges {', '.join(RANGES)}, the measures {', '.join(MEASURES)} and the splits "
    f"{', '.join(SPLITS)}."
)


class Overview(PageView):
    """What happens now, what happened, and what needs attention first.

    `range`, `measure` and `split` say which chart; htmx asks for that part alone.
    """

    template_name = "ui/overview/overview.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """What it shows was read lately: a second ago, or longer where it takes long."""
        asked = Asked(**{name: request.GET.get(name, value) for name, value in DEFAULT.items()})
        if not asked.is_known:
            return problem(request, 400, "There is no such chart", UNKNOWN)
        chart = f"chart:{asked}"
        points = latest.read([chart])[chart]
        context = {
            "asked": asked,
            "points": points,
            "table": charts.table({int(start): values for start, values in points.items()}),
            "switches": list(_switches(asked)),
        }
        if is_fragment(request):
            return render(request, "ui/overview/chart.html", context)
        told = latest.read(["overview"])["overview"]
        origin = request.build_absolute_uri("/").rstrip("/")
        return self.show(context | {"told": told, "origin": origin})


DEFAULT = asdict(Asked())


def _switches(asked: Asked) -> Iterator[dict[str, Any]]:
    """The links that show another chart: what they change, and to what."""
    titles = {name: its.title for name, its in RANGES.items()}
    for kind, choices in {"measure": MEASURES, "split": SPLITS, "range": titles}.items():
        yield {
            "kind": kind,
            "choices": [
                {
                    "name": name,
                    "title": title,
                    "url": "?" + urlencode(asdict(replace(asked, **{kind: name}))),
                    "is_current": getattr(asked, kind) == name,
                }
                for name, title in choices.items()
            ],
        }
