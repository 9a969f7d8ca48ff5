"""What the form of filters offers, and what is chosen in it."""

from __future__ import annotations

from typing import Any

from dashboard.jobs.asked import Asked
from executors.models import Executor
from jobs import types
from jobs.states import JobState
from scheduling.models import Task

OFFERED = 500
"""Names in a list of suggestions."""

SPANS = (
    ("15min", "15 minutes"), ("1h", "hour"), ("24h", "24 hours"), ("7d", "7 days"),
    ("30d", "30 days"),
)  # fmt: skip
SHOWN = {
    "q", "status", "type", "executor", "task", "priority", "since", "created_after",
    "created_before", "size", "cursor",
}  # fmt: skip
"""Parameters that have a box of their own, or none in a new search."""


def all_choices(asked: Asked) -> dict[str, Any]:
    """By field: lists of values with whether they are chosen, or names to suggest."""
    states = asked.query.get("status", "").split(",")
    return {
        "states": [(state.value, state.value in states) for state in JobState],
        "types": sorted(kind.name for kind in types.all_types()),
        "priorities": [str(priority) for priority in reversed(range(10))],
        "executors": list(
            Executor.objects.order_by("name").values_list("name", flat=True)[:OFFERED]
        ),
        "tasks": list(
            Task.objects.order_by("periodic_task__name").values_list(
                "periodic_task__name", flat=True
            )[:OFFERED]
        ),
        "spans": SPANS,
        "kept": [pair for pair in asked.query.items() if pair[0] not in SHOWN],
        "text": {name: asked.query.get(name, "") for name in SHOWN},
    }
