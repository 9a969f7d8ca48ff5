"""The web process: `uvicorn config.asgi:application`.

Django runs as WSGI in a thread pool, which serves about three times the requests of Django's
own ASGI handler; what is asynchronous by nature is routed beside it.
"""

from __future__ import annotations

import os
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Django's handler is a WSGI application, though django-stubs and a2wsgi word its type apart.
django_application: Any = get_wsgi_application()
pages: Any = WSGIMiddleware(django_application, workers=16)

from executors.api.live import LogStreams, wants_stream  # noqa: E402  (once Django is set up)

log_streams = LogStreams(pages)


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Every request: to the one who answers it."""
    answer = log_streams if wants_stream(scope) else pages
    await answer(scope, receive, send)
