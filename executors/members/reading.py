"""Requests of HTTP executors about themselves, checked: all that is wrong is said at once."""

from __future__ import annotations

from urllib.parse import SplitResult

from executors.gateway import limits
from executors.gateway.addresses import check_addresses, check_url
from executors.gateway.errors import AddressRefused
from executors.gateway.names import resolve_now
from executors.members.registering import NewMember
from executors.members.requests import MemberRequest
from jobs.invalid import ErrorList

MUTE_AFTER = 60.0
"""Seconds of silence after which an executor is offline that nobody can check."""


def read_member(request: MemberRequest, errors: ErrorList) -> NewMember:
    """The executor that a request is about; what is wrong with its addresses is in `errors`.

    Asks name servers, which may take seconds: call it outside a transaction.
    """
    group = request.name
    base_url = _checked("base_url", request.base_url, group, errors)
    if base_url and base_url.query:
        errors.add(["base_url"], "query", "Leave out the query: paths are put behind this URL.")
    if request.health_check_url is not None:
        _checked("health_check_url", request.health_check_url, group, errors)
    silence = request.heartbeat_timeout
    if silence is None and request.health_check_url is None:
        silence = MUTE_AFTER
    return NewMember(
        group=group,
        instance_id=request.instance_id,
        base_url=request.base_url.rstrip("/"),
        health_check_url=request.health_check_url,
        slots=request.slots,
        weight=request.weight,
        types=request.types,
        labels=request.labels,
        health_interval=request.health_interval,
        health_timeout=request.health_timeout,
        heartbeat_timeout=silence,
        failure_threshold=request.failure_threshold,
        success_threshold=request.success_threshold,
        require_signature=request.require_signature,
        incarnation=request.incarnation,
    )


def _checked(field: str, url: str, group: str, errors: ErrorList) -> SplitResult | None:
    """The parts of an URL that may be called, and whose host is known."""
    allowed = limits.allowed()
    try:
        parts = check_url(url, allowed)
        if "#" in url:
            errors.add([field], "fragment", "Leave out the fragment: nobody is ever sent it.")
        host = parts.hostname or ""
        found = resolve_now(host, group)
        check_addresses(host, found, allowed)
    except AddressRefused as error:
        errors.add([field], error.code, str(error))
        return None
    except (OSError, UnicodeError):
        message = f"The host {host!r} is not known here: give a name that resolves, or an address."
        errors.add([field], "unknown_host", message)
        return None
    return parts
