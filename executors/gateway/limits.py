"""The gateway's limits, from the settings."""

from __future__ import annotations

from django.conf import settings

from executors.gateway.addresses import Allowed, read_allowed
from executors.gateway.http import Http


def allowed() -> Allowed:
    """What HTTP executors may have as addresses. Raises BadAllowList."""
    return read_allowed(settings.CELERIAC["EXECUTOR_ADDRESSES"])


def make_http() -> Http:
    """A client within the limits."""
    limit = settings.CELERIAC["EXECUTOR_ANSWER_MAX_BYTES"]
    return Http(allowed(), answer_max_bytes=limit)
