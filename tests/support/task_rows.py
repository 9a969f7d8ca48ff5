"""Many tasks at once, by SQL: for platforms of their own and for benches."""

from __future__ import annotations

from typing import Any

from scheduling.defining.definitions import TRIGGER
from scheduling.defining.timing import MARKER
from scheduling.firing.definition import payload_schema

_INSERT = """
    WITH marker AS (
        INSERT INTO django_celery_beat_intervalschedule (every, period)
        VALUES (%(every)s, %(period)s)
        RETURNING id
    ), periodic AS (
        INSERT INTO django_celery_beat_periodictask
              (name, task, interval_id, args, kwargs, headers, enabled, one_off, total_run_count,
               date_changed, description)
        SELECT %(prefix)s || n, %(trigger)s, marker.id, '[]', '{}', '{}', true, false, 0, now(), ''
          FROM marker, generate_series(1, %(count)s) AS n
        RETURNING id
    )
    INSERT INTO scheduling_task
          (id, periodic_task_id, cron_expression, timezone, start_at, type, payload, misfire_policy,
           misfire_grace, misfire_limit, calendar_policy, priority, thread_demand, placement,
           on_shortage, requires, load_balance_strategy, execution_mode, max_pending, failures,
           checked_schema, updated_at, created_by)
    SELECT gen_random_uuid(), periodic.id, %(expression)s, 'UTC',
           to_timestamp(%(start)s), %(type)s, %(payload)s::jsonb,
           %(policy)s, %(grace)s, %(limit)s, 'skip', 5, 1, 'spread', 'single', '{}',
           'least_loaded', 'parallel', 100, 0, %(schema)s, now(), ''
      FROM periodic
    RETURNING id::text
"""


def insert_tasks(
    cursor: Any,
    count: int,
    expression: str,
    *,
    prefix: str = "task-",
    job_type: str = "noop",
    payload: str = "{}",
    policy: str = "fire_once",
    grace: float | None = None,
    limit: int = 100,
    start: float | None = None,
) -> list[str]:
    """Stores so many alike tasks, as the API would; beat has still to look at their schedules.

    `start` is in seconds since the epoch. Returns their ids.
    """
    every, period = MARKER
    cursor.execute(
        _INSERT,
        {
            "every": every,
            "period": period,
            "prefix": prefix,
            "trigger": TRIGGER,
            "count": count,
            "expression": expression,
            "type": job_type,
            "payload": payload,
            "schema": payload_schema(job_type),
            "policy": policy,
            "grace": grace,
            "limit": limit,
            "start": start,
        },
    )
    return [next(iter(row.values())) if isinstance(row, dict) else row[0] for row in cursor]
