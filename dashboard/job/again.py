"""The request that would submit a job like one that there is. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from jobs.requests import JobRequest
from jobs.types import JobType

ONCE = {"run_at", "unique_key"}
"""Meant for the one job: its time may be over, and its key would find it again."""


def request_of(job: Mapping[str, Any], kind: JobType | None) -> dict[str, Any]:
    """The body of the request, without what is as usual; None as `kind` if it is not known."""
    usual = {
        "name": job["type"],
        "max_attempts": kind.max_attempts if kind else None,
        "timeout": kind.timeout if kind else None,
    }
    found = {"type": job["type"], "payload": job["payload"]}
    for name, field in JobRequest.model_fields.items():
        if name in found or name in ONCE or name not in job:
            continue
        value = job[name]
        if value not in (field.get_default(call_default_factory=True), usual.get(name)):
            found[name] = value
    return found


def curl(request: Mapping[str, Any], url: str) -> str:
    """The command that sends it; the token comes from the environment."""
    body = shlex.quote(json.dumps(request, ensure_ascii=False))
    return (
        f"curl -X POST {shlex.quote(url)} \\\n"
        '  -H "Authorization: Token $TOKEN" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d {body}"
    )
