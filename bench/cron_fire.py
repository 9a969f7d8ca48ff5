"""Tasks that tick every second, their jobs held back; the leading beat is killed in between."""

from __future__ import annotations

import argparse

from bench import beats, report
from bench.stage import stage, until

TASKS = 10_000
SECONDS = 60
KILL_AT = 30
IN_FLIGHT = 3
"""Seconds after the last tick for it to be fired."""


def run(arguments: argparse.Namespace) -> None:
    """Fires, kills the leader, and holds every tick against what should have been."""
    with stage() as the_stage, beats.beat(the_stage) as leader:
        from django.db import connection

        from tests.support.task_rows import insert_tasks
        from tests.support.ticks import Plan, check, read_ticks

        until(lambda: beats.is_led_by(leader), "a beat leads")
        since = beats.start_for(arguments.tasks)
        with connection.cursor() as cursor:
            ids = insert_tasks(cursor, arguments.tasks, "* * * * * *", start=since)
        beats.settle()
        with beats.beat(the_stage) as standby:
            until(lambda: beats.stands_by(standby), "a beat stands by")
            killed, took_over = 0.0, 0.0
            if arguments.kill_at < arguments.seconds:
                # Just before a second: its ticks are the first that the standby has to fire.
                beats.wait_for(since + arguments.kill_at - 0.05)
                killed = beats.now()
                leader.kill()
                until(lambda: beats.is_led_by(standby), "the standby leads", every=0.005)
                took_over = float(
                    beats.value(
                        "SELECT date_part('epoch', leader_since) FROM executors_process"
                        " WHERE leader_since IS NOT NULL"
                    )
                )
            beats.wait_for(since + arguments.seconds + IN_FLIGHT)
        plan = Plan(every=1, since=since, until=since + arguments.seconds)
        with connection.cursor() as cursor:
            found = [tick for tick in read_ticks(cursor) if plan.since <= tick.second < plan.until]
        verdict = check(dict.fromkeys(ids, plan), found)
    counts = {
        "tasks": arguments.tasks,
        "ticks expected": arguments.tasks * arguments.seconds,
        "ticks found": len(found),
        "missing": len(verdict.missing),
        "doubled": len(verdict.doubled),
        "unexpected or early": len(verdict.unexpected) + len(verdict.early),
        "lateness p50, ms": verdict.percentile(0.5) * 1000,
        "lateness p99, ms": verdict.percentile(0.99) * 1000,
        "lateness max, ms": verdict.percentile(1.0) * 1000,
        "from kill -9 to the next leader, ms": (took_over - killed) * 1000,
    }
    report.show("Firing every second", ["what", "figure"], list(counts.items()), arguments.json)
