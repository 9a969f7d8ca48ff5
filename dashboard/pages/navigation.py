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
    return [
        Link(title, reverse(f"ui:{url}"), icon, key, current=name in belongs)
        for title, url, icon, key, belongs in PAGES
    ]


@dataclass(frozen=True)
class Counterparts:
    """The same thing in the API and in the admin, by the names of the URLs there."""

    api: str
    admin: str


COUNTERPARTS = {
    "job": Counterparts("job", "jobs_job_change"),
    "jobs": Counterparts("jobs", "jobs_job_changelist"),
    "task": Counterparts("task", "scheduling_task_change"),
    "tasks": Counterparts("tasks", "scheduling_task_changelist"),
    "executor": Counterparts("executor", "executors_executor_change"),
    "executors": Counterparts("executors", "executors_executor_changelist"),
}
"""By the name of a page's URL."""


def counterparts(request: HttpRequest) -> list[Link]:
    """Links from a page of ours to the same thing in the API and the admin."""
    match = request.resolver_match
    found = COUNTERPARTS.get(match.url_name or "") if match else None
    if match is None or found is None:
        return []
    key = list(match.kwargs.values())
    links = [Link("API", reverse(found.api, args=key), "api")]
    if getattr(request.user, "is_staff", False):
        links.append(Link("Admin", reverse(f"admin:{found.admin}", args=key), "admin"))
    return links


def page_of(request: HttpRequest) -> str:
    """The page for what the browsable API shows; where there is none, the first of all."""
    match = request.resolver_match
    named = {counterparts.api: page for page, counterparts in COUNTERPARTS.items()}
    if match and match.url_name in named:
        # The API finds tasks and executors by name too, and the pages do not.
        with suppress(NoReverseMatch):
            return reverse(f"ui:{named[match.url_name]}", args=list(match.kwargs.values()))
    return reverse("start")


def others(request: HttpRequest) -> list[Link]:
    """What else there is: the admin for its people, the API, Flower where it is known."""
    links = [Link("API", reverse("docs"), "api")]
    if getattr(request.user, "is_staff", False):
        links.insert(0, Link("Admin", reverse("admin:index"), "admin"))
    if flower := settings.CELERIAC["FLOWER_URL"]:
        links.append(Link("Flower", flower, "flower"))
    return links
