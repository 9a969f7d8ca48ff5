"""Tasks that tick every second, fired and executed end to end on two slots."""

from __future__ import annotations

import argparse

from bench import beats, celeriac, report
from bench.stage import stage, until

TASKS = 1000
SECONDS = 30


def run(arguments: argparse.Namespace) -> None:
    """Fires and executes for so many seconds; from the ideal second to the completion."""
    with stage() as the_stage, celeriac.platform(the_stage), beats.beat(the_stage) as beat:
        from django.db import connection

        from tests.support.task_rows import insert_tasks

        until(lambda: beats.is_led_by(beat), "a beat leads")
        since = beats.start_for(arguments.tasks)
        with connection.cursor() as cursor:
            insert_tasks(cursor, arguments.tasks, "* * * * * *", start=since)
        beats.settle()
        until_second = since + arguments.seconds
        beats.wait_for(until_second)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_celery_beat_periodictask SET enabled = false")
        until(celeriac.all_done, "all jobs are done")
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT status, date_part('epoch', created_at - scheduled_for),
                       date_part('epoch', completed_at - scheduled_for)
                  FROM jobs_job
                 WHERE scheduled_for >= to_timestamp(%s) AND scheduled_for < to_timestamp(%s)
                """,
                [since, until_second],
            )
            found = cursor.fetchall()
    made, done = [row[1] for row in found], [row[2] for row in found]
    figures = {
        "tasks": arguments.tasks,
        "ticks expected": arguments.tasks * arguments.seconds,
        "jobs completed": sum(row[0] == "completed" for row in found),
        "made, p99, ms": beats.percentile(made, 0.99) * 1000,
        "completed, p50, ms": beats.percentile(done, 0.5) * 1000,
        "completed, p99, ms": beats.percentile(done, 0.99) * 1000,
        "completed, max, ms": beats.percentile(done, 1.0) * 1000,
    }
    report.show(
        "From the second to the completion",
        ["what", "figure"],
        list(figures.items()),
        arguments.json,
    )
