"""Every refusal of an API view as a problem document (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from jobs.api.renderers import JsonRenderer, PageRenderer
from jobs.api.schema import PROBLEM_TYPE
from jobs.api.slowness import ListTooSlow
from jobs.errors import CeleriacError
from jobs.invalid import FieldError, InvalidRequest

logger = logging.getLogger("celeriac.api")

STATUSES = {
    "not_json": 400,
    "invalid_request": 400,
    "job_not_found": 404,
    "artifact_not_found": 404,
    "executor_not_found": 404,
    "unknown_job_type": 404,
    "task_not_found": 404,
    "calendar_not_found": 404,
    "backfill_not_found": 404,
    "not_cancellable": 409,
    "not_waiting": 409,
    "not_finished": 409,
    "calendar_in_use": 409,
    "not_scheduled": 409,
    "backfill_ended": 409,
    "invalid_schedule": 409,
    "unknown_timezone": 409,
    "unknown_schedule": 409,
    "unreadable_calendar": 409,
    "status_refused": 409,
    "executor_in_use": 409,
    "length_required": 411,
    "body_too_large": 413,
    "artifact_too_large": 413,
    "took_too_long": 503,
    # Without Retry-After: asked for again, the same list takes as long.
    "list_too_slow": 503,
    "broken_plan": 400,
}
"""How an error of Celeriac's, by its code, answers a request; any other is a fault of ours."""

AWAY = "The database does not answer at the moment: try again in some seconds."


class ProblemResponse(Response):
    """An answer whose media type says that it is a problem, unless it is a page."""

    @property
    def rendered_content(self) -> Any:
        """The bytes; whatever else a view writes, YAML or files, its problems are JSON."""
        if not isinstance(self.accepted_renderer, PageRenderer):
            self.accepted_renderer = JsonRenderer()
            self.content_type = PROBLEM_TYPE
        return super().rendered_content


def document(
    instance: str, status: int, detail: str, code: str = "", errors: Iterable[FieldError] = ()
) -> dict[str, Any]:
    """A problem document; without a code, the status says all that there is to its type."""
    title = code.replace("_", " ").capitalize().replace("json", "JSON")
    return {
        "type": f"urn:celeriac:problem:{code}" if code else "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "errors": [asdict(error) for error in errors],
    }


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None lets an error that is a fault of ours become a 500."""
    path = context["request"].path
    if isinstance(error, ValidationError):
        error = InvalidRequest(list(_flatten(error.detail)))
    if isinstance(error, CeleriacError):
        return _refuse(error, path)
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("The database does not answer: %s", error)
        return ProblemResponse(document(path, 503, AWAY), 503, headers={"Retry-After": "2"})
    answer = exception_handler(error, context)
    if answer is None:
        return None
    headers = {name: answer[name] for name in ("WWW-Authenticate", "Retry-After") if name in answer}
    body = document(path, answer.status_code, _advice(error, context))
    return ProblemResponse(body, answer.status_code, headers=headers)


def _advice(error: Exception, context: dict[str, Any]) -> str:
    """What DRF says about an error of its own, and what would be right."""
    if isinstance(error, NotAuthenticated):
        return "Send `Authorization: Token …`; `manage.py token` makes one."
    text = str(error.detail) if isinstance(error, APIException) else "There is nothing here."
    if isinstance(error, UnsupportedMediaType):
        wanted = ", ".join(parser.media_type for parser in context["view"].parser_classes)
        return f"{text} Send {wanted}."
    if isinstance(error, MethodNotAllowed):
        return f"{text} Use {', '.join(context['view'].allowed_methods)}."
    if isinstance(error, NotAcceptable):
        return f"{text} Accept application/json."
    return text


def _refuse(error: CeleriacError, path: str) -> Response | None:
    status = STATUSES.get(error.code)
    if status is None:
        return None
    set_rollback()
    errors: Sequence[FieldError] = ()
    if isinstance(error, InvalidRequest | ListTooSlow):
        errors = error.errors
    if any(one.code == "payload_too_large" for one in errors):
        status = 413
    elif {one.code for one in errors} == {"name_taken"}:
        status = 409
    return ProblemResponse(document(path, status, str(error), error.code, errors), status)


def _flatten(detail: Any, path: str = "") -> Iterable[FieldError]:
    """DRF's nested lists and dicts of messages, one by one."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flatten(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flatten(inner, path)
    else:
        yield FieldError(path or "body", str(detail), getattr(detail, "code", "") or "invalid")
