"""The web process: `uvicorn config.asgi:application`.

Django runs as WSGI in a thread pool, which serves about three times the requests of Django's
own ASGI handler; what is asynchronous by nature is routed beside it. Who does not read an answer is
sent away, as it would hold one of the threads.
"""

from __future__ import annotations

import os
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Django's handler is a WSGI application, though django-stubs and a2wsgi word its type apart.
django_application: Any = get_wsgi_application()

from config import lifespan  # noqa: E402  (once Django is set up)
from dashboard import live  # noqa: E402
from executors.api import live as logs  # noqa: E402
from jobs.api.streams.patience import impatient  # noqa: E402

wsgi: Any = WSGIMiddleware(django_application, workers=16)
pages = impatient(wsgi)

apart: Any = [
    (lifespan.is_lifespan, lifespan.live),
    (logs.wants_stream, logs.LogStreams(pages)),
    (live.wants_stream, live.LiveStreams(pages)),
]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Every request, and the life of the process: to the one who answers it."""
    answer = next((app for wants, app in apart if wants(scope)), pages)
    await answer(scope, receive, send)
