"""What is refused outside of API views: a problem document, or a page where a browser asks."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from pydantic_core import to_json

from config.problems import AWAY, STATUSES, document
from dashboard.pages.access import is_fragment, problem
from jobs.api.schema import PROBLEM_TYPE
from jobs.errors import CeleriacError

logger = logging.getLogger("celeriac.pages")


def answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """A problem for what no API view answers: a page if the client named HTML."""
    body = document(request.path, status, detail)
    if "text/html" in request.headers.get("Accept", "") or is_fragment(request):
        return problem(request, status, body["title"], detail)
    return HttpResponse(to_json(body), content_type=PROBLEM_TYPE, status=status)


class RefusedPages:
    """Answers what views that are none of the API's were asked in vain, as the API would."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the view, or of `process_exception`."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A problem for an error of Celeriac's; None lets a fault of ours become a 500."""
        if isinstance(error, CeleriacError) and error.code in STATUSES:
            return answer(request, STATUSES[error.code], str(error))
        if isinstance(error, OperationalError | InterfaceError):
            logger.warning("The database does not answer: %s", error)
            return answer(request, 503, AWAY)
        return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's 400: a wrong host, too many fields."""
    return answer(request, 400, "The request is malformed, or not meant for this host.")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form that does not come from a page of ours, or from one that is too old."""
    text = "The form is not from this session: load the page again, and send it once more."
    return answer(request, 403, text)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's 403."""
    return answer(request, 403, "This is not allowed to you.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's 404."""
    return answer(request, 404, "There is nothing here.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500; what happened is in the log, not here."""
    return answer(request, 500, "Something went wrong here; the server's log has the details.")
