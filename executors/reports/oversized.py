"""What can be known of a callback that is too large to be read: what it begins with. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from executors.reports.report import Failure, Report, ReportStatus

BEGINNING = 512
"""Bytes that are read of it."""
ENDINGS = frozenset({ReportStatus.COMPLETED.value, ReportStatus.FAILED.value})

_FIELD = re.compile(rb'\s*[{,]\s*"(token|status|sequence)"\s*:\s*(?:"([a-z0-9]{0,64})"|\d{1,10})')


@dataclass(frozen=True, slots=True)
class Beginning:
    """What stands before all that may be large: whose callback it is, and what it reports."""

    token: str
    is_ending: bool


def beginning_of(body: bytes) -> Beginning | None:
    """The beginning of a callback; None where its token or status comes later."""
    found: dict[bytes, bytes] = {}
    place = 0
    while its := _FIELD.match(body, place):
        found[its[1]] = its[2] or b""
        place = its.end()
    if not {b"token", b"status"} <= found.keys():
        return None
    return Beginning(found[b"token"].decode(), found[b"status"].decode() in ENDINGS)


def too_large(limit: int) -> Report:
    """The report in its place. A permanent failure: the same work would come to the same result."""
    message = (
        f"The executor's last report is larger than {limit} bytes: "
        "have it store the result elsewhere and report where it is, or raise RESULT_MAX_BYTES."
    )
    failure = Failure("result_too_large", message, permanent=True)
    return Report(status=ReportStatus.FAILED, failure=failure)
