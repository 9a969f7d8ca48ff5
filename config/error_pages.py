"""What is refused outside of API views: a problem document, or a page where a browser asks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from pydantic_core import to_json

from config.problems import document
from jobs.api.schema import PROBLEM_TYPE


def answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """A problem for what no API view answers: a page if the client named HTML."""
    body = document(request.path, status, detail)
    if "text/html" in request.headers.get("Accept", ""):
        return render(request, "problem.html", body, status=status)
    return HttpResponse(to_json(body), content_type=PROBLEM_TYPE, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's 400: a wrong host, too many fields."""
    return answer(request, 400, "The request is malformed, or not meant for this host.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's 403."""
    return answer(request, 403, "This is not allowed to you.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's 404."""
    return answer(request, 404, "There is nothing here; /api/docs/ lists what there is.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500; what happened is in the log, not here."""
    return answer(request, 500, "Something went wrong here; the server's log has the details.")
