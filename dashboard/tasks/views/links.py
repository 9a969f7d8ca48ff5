"""The executors that a task is linked to: shown, and replaced by a list that is confirmed first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboard.pages.access import PageView
from dashboard.pages.acting import Outcome, act, answer
from dashboard.tasks import links
from dashboard.tasks.links import Changes, Link
from jobs.errors import CeleriacError
from jobs.invalid import InvalidRequest
from jobs.job_types.external import EXTERNAL
from scheduling.api import queries
from scheduling.defining.links import replace_links
from scheduling.models import TaskExecutor


class ReplaceLinks(PageView):
    """All links of a task at once, as a PUT does: first what that changes, then, if `sure`, it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """Shows what would change, or changes it."""
        key = str(task_id)
        before, text = _links(key), request.POST.get("executors", "")
        # Whoever wrote something else since the changes were shown is shown them again.
        is_same = request.POST.get("compared", "").splitlines() == text.splitlines()
        is_sure = is_same and request.POST.get("sure") == "true"
        outcome = act(
            request,
            "replace executors of" if is_sure else "compare executors of",
            f"task {key}",
            lambda _: _replace(key, text) if is_sure else links.read(text),
        )
        return answer(
            request,
            outcome,
            message="The task is linked to these executors now." if is_sure else "",
            to=reverse("ui:task", args=[task_id]),
            fragment="ui/tasks/links.html",
            context={
                **shown(key),
                **({} if is_sure and outcome.done else {"lines": text}),
                "errors": _messages(outcome.error),
                "changes": None if is_sure else _changes(before, outcome),
            },
        )


def shown(task_id: str) -> dict[str, Any]:
    """What the fragment needs; `has_links` says whether links mean something to the task.

    They do where its jobs run on them alone, or where somebody made some.
    """
    task = queries.task(task_id)
    return {
        "task": task,
        "lines": links.as_lines(_links(task_id)),
        "has_links": bool(task["executors"]) or task["type"] == EXTERNAL,
    }


def _links(task_id: str) -> list[Link]:
    rows = TaskExecutor.objects.filter(task__id=task_id).order_by("-priority", "executor__name")
    return [
        {"executor": name, "priority": priority, "weight": weight}
        for name, priority, weight in rows.values_list("executor__name", "priority", "weight")
    ]


def _replace(task_id: str, text: str) -> list[Link]:
    wanted = links.read(text)
    replace_links(task_id, {"executors": wanted})
    return wanted


def _changes(before: list[Link], outcome: Outcome[list[Link]]) -> Changes | None:
    return None if outcome.value is None else links.compare(before, outcome.value)


def _messages(error: CeleriacError | None) -> list[str]:
    if isinstance(error, InvalidRequest):
        return [f"{one.field}: {one.message}" for one in error.errors]
    return [str(error)] if error else []
