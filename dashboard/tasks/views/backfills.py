"""Backfills from the page of a task: tried first, then started, watched and ended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboard.pages.access import PageView
from dashboard.pages.acting import act, answer
from dashboard.tasks import form
from dashboard.tasks.fields import Field, Kind
from jobs.errors import CeleriacError
from jobs.invalid import InvalidRequest
from jobs.permissions import Role
from scheduling.api import queries
from scheduling.defining import backfill_requests
from scheduling.defining.backfill_requests import Asked

FORM = "ui/tasks/backfill.html"
TIMES_SHOWN = 6
BACKFILLS_SHOWN = 5
FIELDS = (
    Field("from", Kind.MOMENT, "From", optional=False),
    Field("to", Kind.MOMENT, "To", optional=False),
    Field("concurrency", Kind.WHOLE, "At once"),
    Field("priority", Kind.WHOLE, "Priority"),
)


class Backfill(PageView):
    """The form of a backfill: a dry run by `dry_run=true`, a start without."""

    template_name = "ui/tasks/backfill_list.html"

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """How far the backfills of the task are."""
        del request
        return self.show({"task": queries.task(str(task_id)), "backfills": listed(str(task_id))})

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """Says what it would do, or does it."""
        key = str(task_id)
        task = queries.task(key)
        is_dry = request.POST.get("dry_run") == "true"
        verb = "try backfill of" if is_dry else "backfill"
        asked = {one.name: request.POST.get(one.name, "") for one in FIELDS}

        def work(actor: str) -> Asked:
            return backfill_requests.ask(key, _body(asked, task["timezone"], is_dry), actor)

        outcome = act(request, verb, f"task {key}", work)
        tried = queries.present_dry(outcome.value) if is_dry and outcome.value else None
        if tried:
            times = tried["times"]
            tried["shown"], tried["left"] = times[:TIMES_SHOWN], max(0, len(times) - TIMES_SHOWN)
        return answer(
            request,
            outcome,
            message="" if is_dry else "The backfill has begun.",
            to=reverse("ui:task", args=[task_id]),
            fragment=FORM,
            context={
                "task": task,
                "asked": asked,
                "tried": tried,
                "errors": _messages(outcome.error),
                "backfills": listed(key),
            },
        )


class CancelBackfill(PageView):
    """Ends a backfill; the jobs that it made go on."""

    http_method_names = ["post"]
    write_role = Role.OPERATOR

    def post(self, request: HttpRequest, backfill_id: UUID) -> HttpResponse:
        """Ends it, and shows the backfills of its task."""
        key = str(backfill_id)
        found = queries.backfill(key)
        outcome = act(request, "cancel", f"backfill {key}", lambda _: backfill_requests.cancel(key))
        task_id = str(found["task"])
        return answer(
            request,
            outcome,
            message="The backfill makes no more jobs.",
            to=reverse("ui:task", args=[task_id]),
            fragment=FORM,
            context={
                "task": queries.task(task_id),
                "errors": _messages(outcome.error),
                "backfills": listed(task_id),
            },
        )


def listed(task_id: str) -> list[dict[str, Any]]:
    """The latest backfills of a task, the newest first."""
    rows = queries.backfills().filter(task_id=task_id).order_by("-id")[:BACKFILLS_SHOWN]
    return [queries.present_backfill(row) for row in rows]


def _body(asked: dict[str, str], zone: str, is_dry: bool) -> dict[str, Any]:
    """The request in the form; raises `InvalidRequest`."""
    body, errors = form.as_body(FIELDS, asked | {"timezone": zone})
    if errors:
        raise InvalidRequest(errors)
    return {name: value for name, value in body.items() if value is not None} | {"dry_run": is_dry}


def _messages(error: CeleriacError | None) -> list[str]:
    if isinstance(error, InvalidRequest):
        return [f"{one.field}: {one.message}" for one in error.errors]
    return [str(error)] if error else []
