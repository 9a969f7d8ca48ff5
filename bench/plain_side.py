"""Plain Celery's side of the benches: an application, a worker, and a count of its results."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.stage import Stage, until


@contextmanager
def worker(
    stage: Stage, *, slots: int = 2, backend: str = "redis", reuse: str = "", app: str = "plain"
) -> Iterator[tuple[Any, Callable[[], int]]]:
    """A worker with `slots` processes; its application, and a function that counts results."""
    redis = stage.servers.valkey.url.rsplit("/", 1)[0]
    env = {
        "BROKER_URL": f"{redis}/1",
        "PLAIN_BROKER": f"{redis}/1",
        "PLAIN_BACKEND": f"{redis}/2" if backend == "redis" else backend,
        "PLAIN_REUSE": reuse,
        "DJANGO_SETTINGS_MODULE": "bench.plain_settings" if backend == "django-db" else "",
    }
    command = ("-m", "celery", "-A", f"bench.{app}", "worker", "-P", "prefork", "-c", str(slots))
    with _application(env) as (plain, count), stage.process(*command, "-l", "WARNING", **env):
        until(lambda: bool(plain.control.ping(timeout=0.5)), "the worker answers")
        yield plain, count


@contextmanager
def _application(env: dict[str, str]) -> Iterator[tuple[Any, Callable[[], int]]]:
    os.environ.update({key: value for key, value in env.items() if key.startswith("PLAIN")})
    import bench.plain

    app = importlib.reload(bench.plain).app
    app.set_default()
    if env["PLAIN_BACKEND"] == "django-db":
        from django_celery_results.models import TaskResult

        yield app, TaskResult.objects.count
        TaskResult.objects.all().delete()
    else:
        yield app, app.backend.client.dbsize
        app.backend.client.flushdb()
    app.close()
    from config.celery import app as ours

    ours.set_default()
