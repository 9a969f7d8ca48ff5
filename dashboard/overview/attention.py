"""What needs attention first: from figures to sentences, the gravest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from dashboard.overview.figures import Figures
from executors.queues import GATEWAY_COMMAND
from jobs.readable import duration

LONG_WAIT = 60.0
"""Seconds that a job may wait for a slot."""
FULL = 0.05
"""The share of a disk below which it is nearly full."""
FAILURES_LEAST = 5
"""Failures within a quarter of an hour below which their share says nothing."""
FAILING_LEAST = 0.05
FAILING_RISE = 2.0


class Notice(NamedTuple):
    """One thing, the page on which to go on (`query` is a job's id, or filters), and a remedy.

    `level` is bad, warn or info.
    """

    level: str
    text: str
    page: str
    query: str = ""
    command: str = ""


ORDER = ("bad", "warn", "info")


def notices(its: Figures) -> list[Notice]:
    """All that needs attention; within a level in the order in which one thing causes the next."""
    found = [*_standstill(its), *_failures(its), *_tasks(its), *_waiting(its), *_fleet(its)]
    return sorted(found, key=lambda notice: ORDER.index(notice.level))


def _standstill(its: Figures) -> Iterator[Notice]:
    queued = its.counts.get("queued", 0)
    if not its.leads("dispatcher"):
        yield Notice(
            "bad",
            f"No dispatcher leads: no job is placed, and {_jobs(queued)} in the queue.",
            "jobs",
            urlencode({"status": "queued"}),
            command="python manage.py dispatcher",
        )
    if not its.fleet.online:
        yield Notice(
            "bad",
            f"No executor is online: no job can run, and {_jobs(queued)} in the queue.",
            "executors",
            command="celery -A config worker -n w1 -c 4",
        )
    if its.tasks_enabled and not its.leads("beat"):
        yield Notice(
            "bad",
            f"No beat leads: the ticks of {_many(its.tasks_enabled, 'task')} are not fired.",
            "tasks",
            command="celery -A config beat",
        )
    if its.disk_free is not None and its.disk_free < FULL:
        yield Notice(
            "bad",
            f"The disk of the artifacts is nearly full: {its.disk_free:.1%} is free.",
            "jobs",
        )
    if its.fleet.http and not its.has_gateway:
        yield Notice(
            "bad",
            f"No gateway runs: {_many(its.fleet.http, 'HTTP executor')} can't be called.",
            "executors",
            command=GATEWAY_COMMAND,
        )


def _failures(its: Figures) -> Iterator[Notice]:
    lately, before = its.lately, its.before
    if (
        lately.failed >= FAILURES_LEAST
        and lately.failing >= FAILING_LEAST
        and lately.failing >= FAILING_RISE * before.failing
    ):
        yield Notice(
            "warn",
            f"{lately.failing:.0%} of the jobs of the last 15 minutes failed, {before.failing:.1%} "
            "over the last day.",
            "jobs",
            urlencode({"status": "failed"}),
        )


def _tasks(its: Figures) -> Iterator[Notice]:
    if its.problems:
        first = its.problems[0]
        others = f", and {len(its.problems) - 1} more" if len(its.problems) > 1 else ""
        yield Notice(
            "warn",
            f"The task {first.name} can't make jobs{others}: {first.message}",
            "tasks",
        )


def _waiting(its: Figures) -> Iterator[Notice]:
    if its.oldest is None or not its.leads("dispatcher") or not its.fleet.online:
        return
    waited = (its.now - its.oldest.since).total_seconds()
    if waited >= LONG_WAIT:
        why = f" {its.oldest.reason}" if its.oldest.reason else ""
        yield Notice(
            "warn",
            f"A job of the type {its.oldest.type} has waited for a slot for over "
            f"{duration(waited - waited % 60)}.{why}",
            "job",
            its.oldest.id,
        )


def _fleet(its: Figures) -> Iterator[Notice]:
    if its.fleet.silent:
        yield Notice("warn", f"{_names(its.fleet.silent)}: no heartbeat.", "executors")
    if its.fleet.draining:
        yield Notice(
            "info", f"{_names(its.fleet.draining)}: draining, takes no new work.", "executors"
        )


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"


def _jobs(count: int) -> str:
    return f"{_many(count, 'job')} {'is' if count == 1 else 'are'}"
