"""The registration of an HTTP executor, as it asks for it."""

from __future__ import annotations

from typing import Any

from tests.api.client import Api

SEED: dict[str, Any] = {
    "name": "sample-executor",
    "instance_id": "executor-001",
    "base_url": "http://localhost:9090",
    "health_check_url": "http://localhost:9090/health",
    "tasks": [{"task_name": "test_task", "cron_expression": "*/10 * * * * *"}],
}


def register(api: Api, status: int = 201, **changes: Any) -> dict[str, Any]:
    """What the answer says."""
    answer = api.post("executors/register", SEED | changes)
    assert answer.status_code == status, answer.content
    return answer.json()
