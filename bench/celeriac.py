"""Celeriac's side of the benches: a dispatcher, workers, and jobs put into the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from bench.stage import Stage, until


@contextmanager
def platform(
    stage: Stage, *, slots: int = 2, pool: str = "prefork", service: bool = False, **env: str
) -> Iterator[None]:
    """A dispatcher and one worker with `slots` slots, both ready; and one for ends of chords."""
    with ExitStack() as running:
        running.enter_context(stage.process("-m", "django", "dispatcher", **env))
        worker = ("-m", "celery", "-A", "config", "worker", "-n", "bench", "-P", pool)
        running.enter_context(stage.process(*worker, "-c", str(slots), "-l", "WARNING", **env))
        if service:
            callbacks = ("-n", "service", "-P", "threads", "-c", "4", "-Q", "celery,callbacks")
            running.enter_context(stage.process(*worker[:5], *callbacks, "-l", "WARNING", **env))
        until(lambda: rows("executors_executor WHERE status = 'online'") == 1, "a worker joins")
        until(
            lambda: rows("executors_process WHERE leader_since IS NOT NULL") == 1,
            "a dispatcher leads",
        )
        yield
    execute("DELETE FROM executors_executor")


def submit(job_type: str, count: int, payload: str = "{}", **fields: Any) -> list[str]:
    """Stores so many jobs at once; their ids."""
    from django.db import connection

    from jobs import lifecycle
    from jobs.submission import NewJob
    from jobs.wake import wake_dispatcher

    job = NewJob(type=job_type, payload=payload, name=job_type, **fields)
    ids: list[str] = []
    with connection.cursor() as cursor:
        for start in range(0, count, 10_000):
            batch = [job] * min(10_000, count - start)
            ids += [submitted.id for submitted in lifecycle.submit(cursor, batch)]
    wake_dispatcher()
    return ids


def drain(job_type: str, count: int, payload: str = "{}") -> float:
    """Queues `count` jobs while the worker takes none, lets it, and times it until all are done."""
    submit(job_type, 100, payload)
    until(all_done, "the warm-up is done")
    execute("UPDATE executors_executor SET status = 'draining'")
    submit(job_type, count, payload)
    execute("VACUUM ANALYZE jobs_job")
    execute("UPDATE executors_executor SET status = 'online'; NOTIFY celeriac_work")
    from time import monotonic

    began = monotonic()
    seconds = until(all_done, f"{count} jobs are done") - began
    failed = rows("jobs_job WHERE status <> 'completed'")
    if failed:
        message = f"{failed} jobs did not complete"
        raise AssertionError(message)
    clear()
    return seconds


def all_done() -> bool:
    """Whether no job is open."""
    return not rows("(SELECT FROM jobs_job WHERE is_active LIMIT 1) open")


def clear() -> None:
    """Empties the tables of jobs, while the dispatcher may be looking at them."""
    from jobs.sql import retry_on_deadlock

    tables = (
        "jobs_job, jobs_jobevent, executors_lease, executors_execution,"
        " executors_logline, executors_joblog"
    )
    retry_on_deadlock(lambda: execute(f"TRUNCATE {tables}"))


def rows(source: str) -> int:
    """Rows of a table, with what follows FROM."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {source}")
        return int(cursor.fetchone()[0])


def execute(statement: str) -> None:
    """Runs SQL."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
