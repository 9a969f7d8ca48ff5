"""Whether this process lives, and whether it could serve: for supervisors and load balancers.

Open to everybody, so that they say little and cost little: /readyz looks once a second at most.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import psycopg2
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from kombu import Connection

logger = logging.getLogger("celeriac.health")

PATIENCE = 2
"""Seconds that each server has to answer."""
FRESH = 1.0
"""Seconds for which an answer is given again."""

_lock = threading.Lock()
_latest: tuple[float, dict[str, str]] | None = None


@require_safe
def alive(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """/healthz: this process answers. It asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """/readyz: 200 if the database, its migrations and the broker are there, else 503."""
    global _latest
    with _lock:
        if _latest is None or time.monotonic() > _latest[0] + FRESH:
            _latest = (time.monotonic(), check())
        checks = _latest[1]
    failed = any(outcome != "ok" for outcome in checks.values())
    body = {"status": "unavailable" if failed else "ok", "checks": checks}
    return JsonResponse(body, status=503 if failed else 200)


def check() -> dict[str, str]:
    """What each dependency is: `ok` or, without details that could be secret, what it is not."""
    checks = {"database": _outcome(_ask_database, "unreachable")}
    if checks["database"] == "ok":
        checks["migrations"] = _outcome(_compare_migrations, "unapplied")
    checks["broker"] = _outcome(_ask_broker, "unreachable")
    return checks


def _outcome(probe: Callable[[], None], failure: str) -> str:
    try:
        probe()
    except Exception as error:
        # Whatever a driver raises means the same here, and its text may hold a password.
        logger.warning("Not ready, %s: %s", failure, type(error).__name__)
        return failure
    return "ok"


def _ask_database() -> None:
    """By a connection of its own: Django's may wait on a server that hangs for much longer."""
    options = connection.get_connection_params()
    for name in ("cursor_factory", "context"):
        options.pop(name, None)
    options |= {
        "connect_timeout": PATIENCE,
        "tcp_user_timeout": PATIENCE * 1000,
        "options": f"-c statement_timeout={PATIENCE}s",
        "application_name": "celeriac readyz",
    }
    probe = psycopg2.connect(**options)
    try:
        probe.cursor().execute("SELECT 1")
    finally:
        probe.close()


def _compare_migrations() -> None:
    loader = MigrationLoader(connection)
    assert loader.applied_migrations is not None
    missing = loader.graph.nodes.keys() - loader.applied_migrations.keys()
    if missing:
        message = f"{len(missing)} migrations are not applied."
        raise LookupError(message)


def _ask_broker() -> None:
    options = {
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
    }
    with Connection(
        settings.CELERY_BROKER_URL, connect_timeout=PATIENCE, transport_options=options
    ) as broker:
        broker.ensure_connection(max_retries=1, timeout=PATIENCE)
