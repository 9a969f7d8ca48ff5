"""What executors of XXL-JOB call: always HTTP 200 with `code` and `msg`, whatever went wrong."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from executors.protocols.xxl_job import beats, callbacks
from executors.protocols.xxl_job.calling import TOKEN_HEADER
from executors.protocols.xxl_job.wire import told
from executors.protocols.xxl_job.wire.envelope import FAILED, GOOD, Answer, NotUnderstood, written
from jobs.api.parsers import check_length
from jobs.errors import CeleriacError

logger = logging.getLogger("celeriac.api")

REGISTRATION_MAX_BYTES = 16 * 1024
AWAY = "The database does not answer at the moment: try again in some seconds."
NOT_ENABLED = (
    "XXL-JOB's executors are not enabled here: set XXL_JOB_ACCESS_TOKEN to their access token."
)

Work = Callable[[bytes], Answer]


class Refused(CeleriacError):
    """{reason}"""

    code = "refused"


def _registry(body: bytes) -> Answer:
    beats.beat(told.read_registration(body))
    return Answer(GOOD)


def _registry_remove(body: bytes) -> Answer:
    beats.sign_off(told.read_registration(body))
    return Answer(GOOD)


def _callback(body: bytes) -> Answer:
    """Good even for what is no callback: executors would send it again for ever."""
    try:
        endings, bad = told.read_callback(body)
    except NotUnderstood as error:
        logger.warning("A callback of XXL-JOB was dropped: %s", error)
        return Answer(GOOD)
    if bad:
        logger.warning("%d items of a callback of XXL-JOB are none and were dropped.", bad)
    callbacks.accept(endings)
    return Answer(GOOD)


def _view(work: Work, limit: int | None = None) -> Callable[[HttpRequest], JsonResponse]:
    """A view that does the work with a body of at most `limit` bytes, REQUEST_MAX_BYTES if None."""

    @csrf_exempt
    def view(request: HttpRequest) -> JsonResponse:
        return JsonResponse(written(_answer(request, work, limit)))

    return view


def _answer(request: HttpRequest, work: Work, limit: int | None) -> Answer:
    try:
        _check(request)
        check_length(request.META, limit)
        return work(request.body)
    except CeleriacError as error:
        return Answer(FAILED, str(error))
    except UnreadablePostError:
        return Answer(FAILED, "The body broke off.")
    except (OperationalError, InterfaceError) as error:
        logger.warning("The database does not answer: %s", error)
        return Answer(FAILED, AWAY)


def _check(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Refused(reason="Use POST.")
    token = settings.CELERIAC["XXL_JOB_ACCESS_TOKEN"]
    if not token:
        raise Refused(reason=NOT_ENABLED)
    given = request.headers.get(TOKEN_HEADER, "")
    # Bytes, as text outside ASCII would raise an error.
    if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise Refused(reason=f"The access token is wrong: send ours in {TOKEN_HEADER}.")


urlpatterns = [
    path("registry", _view(_registry, REGISTRATION_MAX_BYTES)),
    path("registryRemove", _view(_registry_remove, REGISTRATION_MAX_BYTES)),
    path("callback", _view(_callback)),
]
"""Below the two places where XXL-JOB's admin has its API."""
