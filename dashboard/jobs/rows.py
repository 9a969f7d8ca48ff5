"""Jobs as the list shows them: without payloads and results, which may be large."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KT

COLUMNS = (
    "id", "name", "type", "status", "priority", "executor", "attempt", "max_attempts", "progress",
    "created_at", "available_at", "started_at", "completed_at", "queue_time", "execution_time",
    "cancel_requested_at", "chunk_count", "task_id",
)  # fmt: skip


def rows(jobs: QuerySet[Any]) -> QuerySet[Any]:
    """Dicts with `COLUMNS`, `error_code` and `error_message`."""
    return jobs.values(*COLUMNS, error_code=KT("error__code"), error_message=KT("error__message"))
