"""Steering a task from a list or from its page: run it now, pause it, have it go on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboard.pages.access import PageView
from dashboard.pages.acting import Outcome, act, answer
from dashboard.tasks import listing
from jobs.api import queries as job_queries
from scheduling.defining import editing


class Steer(PageView):
    """A POST that does one thing to a task, and answers with its row or with its buttons."""

    http_method_names = ["post"]
    verb = ""
    said = ""

    def do(self, task_id: str, actor: str) -> Any:
        """Does it; raises `CeleriacError`."""
        raise NotImplementedError

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """Does it, and shows what came of it where the button was."""
        key = str(task_id)
        name = listing.one(key)["name"]
        outcome = act(request, self.verb, f"task {key}", lambda actor: self.do(key, actor))
        part = "buttons" if request.POST.get("from") == "page" else "row"
        return answer(
            request,
            outcome,
            message=f"{name}: {self.said}.",
            to=reverse("ui:task", args=[task_id]),
            fragment=f"ui/tasks/{part}.html",
            context={"task": listing.one(key), **self.shown(outcome)},
        )

    def shown(self, outcome: Outcome[Any]) -> dict[str, Any]:
        """What the fragment needs beside the task."""
        del outcome
        return {}


class Trigger(Steer):
    """Makes a job of the task at once."""

    verb = "trigger"
    said = "a job was made"

    def do(self, task_id: str, actor: str) -> str:
        """The id of the job."""
        return editing.trigger(task_id, {}, actor)

    def shown(self, outcome: Outcome[str]) -> dict[str, Any]:
        """The job that was made, which its mode may have dropped."""
        return {"made": job_queries.job(outcome.value)} if outcome.value else {}


class Pause(Steer):
    """Ends the ticks of the task."""

    verb = "pause"
    said = "paused"

    def do(self, task_id: str, actor: str) -> None:
        """What it made already goes on."""
        del actor
        editing.set_enabled(task_id, False)


class Resume(Steer):
    """Lets the task have ticks again."""

    verb = "resume"
    said = "resumed"

    def do(self, task_id: str, actor: str) -> None:
        """Ticks of the pause are not made up for."""
        del actor
        editing.set_enabled(task_id, True)
