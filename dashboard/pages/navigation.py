"""Where the frame of the pages leads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Link:
    """A place in the frame; `key` is what is pressed after `g` to go there."""

    title: str
    url: str
    icon: str
    key: str = ""
    current: bool = False


PAGES = (
    ("Overview", "overview", "overview", "o", {"overview"}),
    ("Jobs", "jobs", "jobs", "j", {"jobs", "job"}),
    ("Tasks", "tasks", "tasks", "t", {"tasks", "task", "task_new", "task_edit", "heatmap"}),
    ("Executors", "executors", "executors", "e", {"executors", "executor"}),
    ("Timeline", "timeline", "timeline", "l", {"timeline"}),
    ("Submit", "submit", "submit", "s", {"submit", "submit_type"}),
)
"""Title, name of the URL, icon, key, and the names of the pages that belong to it."""


def pages(request: HttpRequest) -> list[Link]:
    """The pages, the one that is open marked as current."""
    match = request.resolver_match
    name = match.url_name if match else ""
    links = []
    for title, url, icon, key, belongs in PAGES:
        with suppress(NoReverseMatch):
            links.append(Link(title, reverse(f"ui:{url}"), icon, key, current=name in belongs))
    return links


def others(request: HttpRequest) -> list[Link]:
    """What else there is: the admin for its people, the API, Flower where it is known."""
    links = [Link("API", reverse("docs"), "api")]
    if getattr(request.user, "is_staff", False):
        links.insert(0, Link("Admin", reverse("admin:index"), "admin"))
    if flower := settings.CELERIAC["FLOWER_URL"]:
        links.append(Link("Flower", flower, "flower"))
    return links
