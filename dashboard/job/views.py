"""The page of a job, its parts, its log, and what people do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse

from dashboard.job import logs, page, parts
from dashboard.job.gone import kept_for
from dashboard.pages.access import PageView, problem
from dashboard.pages.acting import Outcome, act, answer
from executors.logs import reading
from jobs.api import actions, queries
from jobs.errors import JobNotFound
from jobs.reading import read
from jobs.requests import PriorityChange

STEERED = "ui/job/steered.html"
LOG_SHOWN = 5000
"""Lines of a log that a page shows: the last ones."""
PLAIN_SHOWN = 200
"""The same without JavaScript."""


class JobView(PageView):
    """Something about one job; for a job that is gone, a page that says how long jobs are kept."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As usual, but for `JobNotFound`."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except JobNotFound as error:
            detail = f"{error} {kept_for(settings.CELERIAC['KEEP'])}"
            return problem(request, 404, "No such job", detail)


class JobPage(JobView):
    """All about one job."""

    template_name = "ui/job/job.html"

    def get(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        """The page."""
        job = queries.job(job_id)
        context = page.changing(job) | page.fixed(request, job)
        _, lines = reading.standings([str(job_id)]).get(str(job_id), ("", 0))
        log = {
            "log_after": max(0, lines - LOG_SHOWN),
            "log_end": reading.read_last(reading.Query(str(job_id), limit=PLAIN_SHOWN)),
        }
        rendered = {part.name: part for part in parts.render(request, context)}
        return self.show(context | log | {"parts": rendered})


class JobParts(JobView):
    """The parts of the page that are not any more as the page says by `?seen=`."""

    template_name = "ui/job/parts.html"

    def get(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        """Those parts, for htmx to put in the place of the old ones."""
        rendered = parts.render(request, page.changing(queries.job(job_id)))
        return self.show({"parts": parts.unseen(rendered, set(request.GET.getlist("seen")))})


class JobLog(JobView):
    """The log as a text file."""

    def get(self, request: HttpRequest, job_id: UUID) -> StreamingHttpResponse:  # noqa: ARG002
        """All of it, read as it is sent."""
        queries.require_job(job_id)
        return StreamingHttpResponse(
            logs.text(str(job_id)),
            content_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="job-{job_id}.log"'},
        )


class Steer(JobView):
    """Something that is done to a job; the answer stands where the button was."""

    name = ""

    def steer(
        self, job_id: UUID, work: Callable[[str], dict[str, Any]], message: str
    ) -> HttpResponse:
        """Does it and shows what can be done next; `work` gives the job that it then is."""
        outcome: Outcome[dict[str, Any]] = act(self.request, self.name, job_id, work)
        to = reverse("ui:job", args=[job_id])
        queries.require_job(job_id)
        return answer(self.request, outcome, message=message, to=to, fragment=STEERED)


class CancelJob(Steer):
    """Cancels a job that waits, and asks one that runs to stop."""

    name = "cancel"

    def post(self, request: HttpRequest, job_id: UUID) -> HttpResponse:  # noqa: ARG002
        """Does so."""
        return self.steer(
            job_id, lambda actor: actions.cancel(str(job_id), actor), "The job is being cancelled."
        )


class SetPriority(Steer):
    """Changes the priority of a job that waits."""

    name = "set priority of"

    def post(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        """To what the form says."""
        given = request.POST.get("priority", "")

        def change(actor: str) -> dict[str, Any]:
            wish = int(given) if given.isascii() and given.isdigit() and len(given) < 4 else given
            priority = read(PriorityChange, {"priority": wish}).priority
            return actions.set_priority(str(job_id), priority, actor)

        return self.steer(job_id, change, "The priority was changed.")


class RetryJob(Steer):
    """Submits a finished job again, and goes on to the new job."""

    name = "retry"

    def post(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        """Does so; a job of its unique key that has not ended is shown instead."""
        outcome = act(request, self.name, job_id, lambda actor: actions.retry(str(job_id), actor))
        if outcome.value is None:
            queries.require_job(job_id)
            to = reverse("ui:job", args=[job_id])
            return answer(request, outcome, message="", to=to, fragment=STEERED)
        to = reverse("ui:job", args=[outcome.value.id])
        message = "Submitted again: this is the new job."
        if not outcome.value.created:
            message = "This job has the same unique key and has not ended: nothing was submitted."
        return answer(request, outcome, message=message, to=to)
