"""What `bench.cron idle` puts into the database, and how it sees what is fired."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from typing import Any, Self

import redis

from bench.celeriac import execute
from bench.stage import Stage

EDITED = "edited"
"""The task that is enabled while it is watched."""
QUEUE = "bench"


def make_tasks(daily: int, busy: int) -> None:
    """Celeriac's tasks, the daily ones at any minute of the day, as five fields."""
    _make_periodic(daily, busy, "celeriac.trigger")
    execute(
        """
        INSERT INTO scheduling_task
              (id, periodic_task_id, cron_expression, timezone, type, payload, misfire_policy,
               misfire_limit, calendar_policy, priority, thread_demand, placement, on_shortage,
               requires, load_balance_strategy, execution_mode, max_pending, failures,
               checked_schema, updated_at, created_by)
        SELECT gen_random_uuid(), id, CASE WHEN interval_id IS NOT NULL THEN '* * * * * *' END,
               'UTC', 'noop', '{}', 'fire_once', 100, 'skip', 5, 1, 'spread', 'single', '{}',
               'least_loaded', 'parallel', 100, 0, '', now(), ''
          FROM django_celery_beat_periodictask
        """
    )
    execute("UPDATE django_celery_beat_intervalschedule SET every = 36525, period = 'days'")


def make_own(daily: int, busy: int) -> None:
    """The same as users' own PeriodicTasks, instead of what there was."""
    execute("TRUNCATE django_celery_beat_periodictask, django_celery_beat_crontabschedule CASCADE")
    execute("TRUNCATE django_celery_beat_intervalschedule CASCADE")
    _make_periodic(daily, busy, "bench.tick")


def analyze() -> None:
    """So that no plan is made for empty tables."""
    for table in ("scheduling_nextrun", "scheduling_task", "django_celery_beat_periodictask"):
        execute(f"VACUUM ANALYZE {table}")


def set_last_runs() -> None:
    """As if all had run just now: what was missed between two sides is nobody's lateness."""
    execute("UPDATE django_celery_beat_periodictask SET last_run_at = now() WHERE enabled")
    execute("UPDATE scheduling_nextrun SET at = date_trunc('second', now()) WHERE at < now()")
    execute(f"UPDATE django_celery_beat_periodictask SET enabled = false WHERE name = '{EDITED}'")


def enable_edited() -> None:
    """The edit, as the admin's bulk action makes it."""
    from django_celery_beat.models import PeriodicTask, PeriodicTasks

    PeriodicTask.objects.filter(name=EDITED).update(enabled=True)
    PeriodicTasks.update_changed()


class Rows:
    """Jobs of Celeriac's tasks."""

    def __init__(self) -> None:
        self._since = "-infinity"

    def forget(self) -> None:
        """What was fired so far."""
        self._since = str(_rows("SELECT clock_timestamp()")[0][0])

    def count(self) -> int:
        """Jobs since then."""
        return int(self._query("count(*)", "true")[0][0])

    def lateness(self) -> list[float]:
        """Seconds from the ideal second to the row."""
        late = "date_part('epoch', created_at - scheduled_for)"
        return [row[0] for row in self._query(late, "scheduled_for >= %s")]

    def has_edited(self) -> bool:
        """Whether the edited task has fired."""
        return bool(self._query("id", f"name = '{EDITED}'"))

    def _query(self, columns: str, condition: str) -> list[Any]:
        statement = f"SELECT {columns} FROM jobs_job WHERE created_at >= %s AND {condition}"
        return _rows(statement, [self._since] * statement.count("%s"))


class Messages:
    """Messages of users' own Celery tasks, taken from the broker as they come."""

    def __init__(self, stage: Stage) -> None:
        self._broker = redis.Redis.from_url(stage.env["BROKER_URL"])
        self._arrivals: dict[str, list[float]] = defaultdict(list)
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._ending = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        self._thread.join()

    def forget(self) -> None:
        """What came so far."""
        self._arrivals.clear()

    def count(self) -> int:
        """Messages since then."""
        return sum(map(len, self._arrivals.values()))

    def lateness(self) -> list[float]:
        """Seconds by which each came after it should have, a second after the other."""
        return [
            arrival - (arrivals[0] + number)
            for arrivals in self._arrivals.values()
            for number, arrival in enumerate(arrivals)
        ]

    def has_edited(self) -> bool:
        """Whether the edited task has fired."""
        return EDITED in self._arrivals

    def _take(self) -> None:
        while not self._ending:
            if found := self._broker.blpop([QUEUE], timeout=1):
                name = json.loads(found[1])["headers"]["periodic_task_name"]
                self._arrivals[name].append(time.monotonic())


def _make_periodic(daily: int, busy: int, task: str) -> None:
    execute(
        f"""
        WITH crontab AS (
            INSERT INTO django_celery_beat_crontabschedule
                  (minute, hour, day_of_month, month_of_year, day_of_week, timezone)
            SELECT minute, hour, '*', '*', '*', 'UTC'
              FROM generate_series(0, 59) AS minute, generate_series(0, 23) AS hour
            RETURNING id
        ), numbered AS (
            SELECT id, row_number() OVER () - 1 AS number FROM crontab
        ), interval AS (
            INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (1, 'seconds')
            RETURNING id
        ), wanted AS (
            SELECT 'daily-' || n AS name, numbered.id AS crontab_id, NULL::int AS interval_id
              FROM generate_series(1, {daily}) AS n JOIN numbered ON number = n % 1440
             UNION ALL
            SELECT CASE WHEN n = 0 THEN '{EDITED}' ELSE 'busy-' || n END, NULL, interval.id
              FROM generate_series(0, {busy}) AS n, interval
        )
        INSERT INTO django_celery_beat_periodictask
              (name, task, crontab_id, interval_id, args, kwargs, headers, queue, enabled,
               one_off, total_run_count, date_changed, last_run_at, description)
        SELECT name, '{task}', crontab_id, interval_id, '[]', '{{}}', '{{}}', '{QUEUE}',
               name <> '{EDITED}', false, 0, now(), now(), ''
          FROM wanted
        """
    )


def _rows(statement: str, params: list[Any] | None = None) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()
