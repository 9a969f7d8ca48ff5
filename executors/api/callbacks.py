"""What HTTP executors report of executions. The execution's token alone lets a callback in."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from executors.api import shapes
from executors.errors import ReportTooLarge
from executors.members import signing
from executors.models import Member
from executors.reports import accept_report
from executors.reports.callback import CallbackRequest, report_of
from executors.reports.oversized import BEGINNING, beginning_of, too_large
from jobs import throttles
from jobs.api.schema import problems
from jobs.api.views.base import ApiView
from jobs.invalid import BodyTooLarge
from jobs.reading import read

REFUSED = "This is not the token of the execution: send the one that came with the call."
UNSIGNED = "The executor was registered with require_signature, but {}."
ENVELOPE = 64 * 1024
"""Bytes of a callback beside its result and its lines."""


class Callback(ApiView):
    """An HTTP executor reports on one of its executions."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    http_method_names = ["post", "options"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Limits the body to what a result and a log may be."""
        limits = settings.CELERIAC
        limit = self.body_limit = limits["RESULT_MAX_BYTES"] + limits["LOG_MAX_BYTES"] + ENVELOPE
        try:
            super().initial(request, *args, **kwargs)
        except BodyTooLarge:
            _give_up(request, str(kwargs["execution_id"]), limit)
            raise ReportTooLarge(limit=limit) from None

    @extend_schema(
        operation_id="executions_callback",
        request=CallbackRequest,
        auth=[],
        responses={200: shapes.Accepted, **problems(400, 403, 413, 429)},
    )
    def post(self, request: Request, execution_id: UUID) -> Response:
        """Takes a report of an execution: that it completed, failed, or how far it is.

        Answers 200 to whatever has the right token; what is repeated, late or out of order is not
        accepted and changes nothing.
        """
        # First, as parsing it leaves nothing to read.
        body, id_ = request.body, str(execution_id)
        given = request.data.get("token") if isinstance(request.data, dict) else None
        if isinstance(given, str):  # else it is a fault of the body, which `read` finds
            _check_token(request, id_, given)
        _check_signature(request, id_, body)
        report = report_of(read(CallbackRequest, request.data))
        return Response({"accepted": accept_report(id_, report)})


def _give_up(request: Request, execution_id: str, limit: int) -> None:
    """Fails an execution of which the last report is too large, rather than wait for another.

    Of one that has to be signed nobody can tell whether it is, as no more of it is read.
    """
    found = beginning_of(request.read(BEGINNING))
    if found is None:
        return
    _check_token(request, execution_id, found.token)
    if found.is_ending and _signing(execution_id) is None:
        accept_report(execution_id, too_large(limit))


def _check_token(request: Request, execution_id: str, given: str) -> None:
    """Counts wrong tokens by sender and execution, so that none locks another out."""
    key = f"callback:{request.META.get('REMOTE_ADDR')} {execution_id}"
    if wait := throttles.seconds_blocked(key, settings.RATES["callback"]):
        raise Throttled(wait)
    if not signing.is_token_of(settings.SECRET_KEY, execution_id, given):
        throttles.seconds_to_wait(key, settings.RATES["callback"])
        raise PermissionDenied(REFUSED)


def _check_signature(request: Request, execution_id: str, body: bytes) -> None:
    member = _signing(execution_id)
    if member is None:
        return
    secret = signing.secret_of(settings.SECRET_KEY, str(member.pk), member.secret_version)
    fault = signing.fault(
        secret,
        request.headers.get(signing.TIMESTAMP_HEADER),
        request.headers.get(signing.SIGNATURE_HEADER),
        body,
        time.time(),
    )
    if fault:
        raise PermissionDenied(UNSIGNED.format(fault))


def _signing(execution_id: str) -> Member | None:
    """The HTTP executor of an execution, if it has to sign its callbacks."""
    of_it = Member.objects.filter(executor__executions__id=execution_id)
    return of_it.filter(require_signature=True).first()
