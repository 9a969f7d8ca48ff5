"""The figures as pages show them: numbers as text, and parts of the page as HTML.

The parts are rendered once a second for all pages that are open, so that nothing in them may
depend on who looks.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from dashboard.overview.attention import Notice, notices
from dashboard.overview.figures import Figures
from executors.processes.roles import LED, ProcessRole
from jobs.states import ACTIVE

PARTS = ("attention", "oldest", "slots", "failures", "ticks", "processes")


def told(figures: Figures) -> dict[str, Any]:
    """The data of the topic `overview`."""
    found = notices(figures)
    running = Counter(its.role for its in figures.processes)
    context = {
        "figures": figures,
        "notices": [its._asdict() | {"url": _url(its)} for its in found],
        "leaders": [its for its in figures.processes if its.leads_since],
        "standby": [its for its in figures.processes if its.role in LED and not its.leads_since],
        "webs": running[ProcessRole.WEB],
        "gateways": running[ProcessRole.GATEWAY],
        "dispatcher_leads": figures.leads("dispatcher"),
        "beat_leads": figures.leads("beat"),
    }
    return (
        {f"count.{status}": figures.counts.get(status, 0) for status in sorted(ACTIVE)}
        | {
            "rate": f"{figures.rate:.3g}" if figures.rate < 1000 else f"{figures.rate:,.0f}",
            "hour.completed": figures.hour.completed,
            "hour.failed": figures.hour.failed,
            "is_new": figures.is_new,
        }
        | {f"html.{part}": _render(part, context) for part in PARTS}
    )


def _render(part: str, context: dict[str, Any]) -> str:
    return render_to_string(f"ui/overview/{part}.html", context).strip()


def _url(notice: Notice) -> str:
    if notice.page == "job":
        return reverse("ui:job", args=[notice.query])
    return reverse(f"ui:{notice.page}") + (f"?{notice.query}" if notice.query else "")
