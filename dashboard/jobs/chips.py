"""The filters of the list as chips: what each says, and where the list without it is."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.jobs.asked import Asked

LABELS = {
    "q": "text",
    "since": "last",
    "scope": "state",
    "created_after": "created from",
    "created_before": "created before",
    "completed_after": "ended from",
    "completed_before": "ended before",
}
"""Names for people, where the parameter's own is none."""


@dataclass(frozen=True)
class Chip:
    """One filter; `remove` is the query string without it."""

    label: str
    value: str
    remove: str


@dataclass(frozen=True)
class View:
    """A list that is worth a name."""

    name: str
    url: str
    current: bool


VIEWS = (
    ("All", ""),
    ("Active", "scope=active"),
    ("Running", "status=running,assigned"),
    ("Queued", "status=queued"),
    ("Scheduled", "status=scheduled,waiting"),
    ("Failed today", "status=failed&since=24h"),
    ("Cancelled today", "status=cancelled&since=24h"),
)
"""Names and query strings."""


def chips(asked: Asked) -> list[Chip]:
    """The filters in the order of the address; several states are one each."""
    filters = [name for name in asked.query if name not in ("cursor", "size")]
    return [chip for name in filters for chip in _chips(asked, name, asked.query.get(name, ""))]


def views(asked: Asked) -> list[View]:
    """The named lists, the one that is open marked."""
    here = asked.url({"size": ""}).removeprefix("?")
    return [View(name, f"?{query}", current=here == query) for name, query in VIEWS]


def _chips(asked: Asked, name: str, text: str) -> list[Chip]:
    parts = text.split(",") if name == "status" else [text]
    label = LABELS.get(name, name)
    found = []
    for part in filter(None, parts):
        rest = ",".join(other for other in parts if other != part)
        found.append(Chip(label, part, asked.url({name: rest})))
    return found
