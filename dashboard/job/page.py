"""What the templates of a job's page are given."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from dashboard.job import again, bars, pictures, queries
from dashboard.job.steering import offers
from dashboard.job.tree import tree
from jobs.states import FINAL

PRIORITIES = range(9, -1, -1)


def changing(job: dict[str, Any]) -> dict[str, Any]:
    """For the parts that change while the page is open."""
    life = queries.life(job["id"])
    files = queries.files(job)
    return {
        "job": job,
        "offers": offers(job["status"], cancel_requested=job["cancel_requested"]),
        "priorities": PRIORITIES,
        "is_final": job["status"] in FINAL,
        "chart": bars.chart(life.course, life.history, life.end),
        "course": life.course,
        "attempts": [(bars.words(its), its) for its in life.history.attempts[: bars.SHOWN]],
        "explanation": queries.explanation(job["id"]),
        "result": tree(job["result"]),
        "events": queries.events(job["id"]),
        "files": [(its, pictures.is_shown(its.content_type, its.size)) for its in files],
        "by_token": queries.is_token(job["submitted_by"]),
        "relatives": queries.relatives(job),
        "lease": queries.last_lease(job["id"]),
        "flower": settings.CELERIAC["FLOWER_URL"],
    }


def fixed(request: HttpRequest, job: dict[str, Any]) -> dict[str, Any]:
    """For what stays as it is."""
    request_body = again.request_of(job, queries.kind_of(job))
    url = request.build_absolute_uri(reverse("jobs"))
    return {"payload": tree(job["payload"]), "curl": again.curl(request_body, url)}
