"""Plain Celery, for comparison: the same work with nothing of Celeriac's.

PLAIN_BACKEND chooses the result backend: a Redis URL, or `django-db`; PLAIN_REUSE=1 keeps
Django's connections, which is not the default as installed.
"""

from __future__ import annotations

import os
import time

from celery import Celery

app = Celery("plain")
app.conf.update(
    broker_url=os.environ["PLAIN_BROKER"],
    result_backend=os.environ["PLAIN_BACKEND"],
    broker_connection_retry_on_startup=True,
    worker_prefetch_multiplier=4,
    worker_send_task_events=False,
    result_expires=3600,
)
if os.environ.get("PLAIN_REUSE"):
    app.conf.CELERY_DB_REUSE_MAX = 1_000_000


@app.task
def noop() -> None:
    """Does nothing."""


@app.task
def burn(seconds: float) -> None:
    """Keeps a core busy for so many seconds of CPU time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
