"""Only the lifecycle writes jobs, and only `executors.leases` writes leases and executions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "dashboard", "scheduling", "executors", "jobs")

WRITES = {
    "jobs_job": r"(?:UPDATE|INSERT\s+INTO|MERGE\s+INTO)\s+(?:ONLY\s+)?jobs_job\b",
    "executors_lease": r"(?:UPDATE|INSERT\s+INTO|MERGE\s+INTO)\s+(?:ONLY\s+)?executors_lease\b",
    "executors_execution": (
        r"(?:UPDATE|INSERT\s+INTO|MERGE\s+INTO)\s+(?:ONLY\s+)?executors_execution\b"
    ),
    "the ORM": (
        r"\b(?:Job|Lease|Execution)(?:\.objects|\.objects\.\w+\([^)]*\))"
        r"\.(?:create|bulk_create|bulk_update|update|update_or_create|get_or_create)\("
        r"|\.update\(\s*(?:status|state)\s*="
    ),
}
WRITERS = {
    "jobs_job": {"jobs/lifecycle"},
    "executors_lease": {"executors/leases", "executors/leases/parts"},
    "executors_execution": {"executors/leases", "executors/leases/parts"},
    "the ORM": set(),
}


def sources() -> list[Path]:
    return [
        path.relative_to(ROOT)
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
    ]


@pytest.mark.parametrize("what", list(WRITES))
def test_state_has_one_writer(what: str) -> None:
    pattern = re.compile(WRITES[what], re.IGNORECASE)
    found = {str(path.parent) for path in sources() if pattern.search((ROOT / path).read_text())}
    assert found == WRITERS[what]
