"""The web process: `uvicorn config.asgi:application`.

Django runs as WSGI in a thread pool, which serves about three times the requests of Django's
own ASGI handler; what is asynchronous by nature is routed beside it.
"""

from __future__ import annotations

import os

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = WSGIMiddleware(get_wsgi_application(), workers=16)
