"""The list of tasks: what a query string asks for, as the API's list understands it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from dashboard.tasks import outcomes
from jobs.api.filtering import Backend
from jobs.api.pagination import KeysetPagination
from scheduling.api import queries
from scheduling.api.filters import TaskFilter


class _List:
    """What the API's parts want to know of a view."""

    orderings = {
        "name": "periodic_task__name",
        "next_run_at": "periodic_task__next_run__at",
        "created_at": "id",
    }
    ordering = "name"
    filterset_class = TaskFilter
    pagination_class = KeysetPagination


@dataclass(frozen=True)
class Page:
    """One page of tasks, as the API shows them and with their dots."""

    tasks: list[dict[str, Any]]
    next_url: str | None
    previous_url: str | None


def read(request: HttpRequest) -> Page:
    """The page that the query string asks for; raises `InvalidRequest`."""
    asked, view, pages = Request(request), _List(), KeysetPagination()
    narrowed = Backend().filter_queryset(asked, queries.tasks(), view)
    rows = pages.paginate_queryset(narrowed, asked, view)
    return Page(
        with_dots([queries.present(row) for row in rows]), pages.next_url, pages.previous_url
    )


def one(task_id: str) -> dict[str, Any]:
    """A task as the list shows it; raises `TaskNotFound`."""
    return with_dots([queries.task(task_id)])[0]


def with_dots(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tasks with the outcomes of their latest jobs."""
    found = outcomes.latest([str(task["id"]) for task in tasks])
    for task in tasks:
        dots = found.get(str(task["id"]), [])
        # Time goes from left to right.
        task["dots"], task["dots_in_words"] = dots[::-1], outcomes.in_words(dots)
    return tasks
