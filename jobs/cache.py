"""The cache `job:<id>` of final jobs: what can't change any more can't be wrong.

Filled by the first read after the end of a job. An entry may outlive its job, which somebody
removes from the database, by no more than its lifetime.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from pydantic_core import from_json, to_json

from jobs import keyvalue
from jobs.states import FINAL


def get(job_id: object) -> dict[str, Any] | None:
    """The job in the shape of the API, or None if it is not here."""
    text = keyvalue.attempt(lambda client: client.get(_key(job_id)), None)
    try:
        return from_json(text) if isinstance(text, bytes) else None
    except ValueError:
        return None  # whoever wrote it, the database knows better


def put(job: dict[str, Any]) -> None:
    """Keeps a job in the shape of the API, if it is final."""
    if job["status"] in FINAL:
        text, lifetime = to_json(job), settings.JOB_CACHE_SECONDS
        keyvalue.attempt(lambda client: client.set(_key(job["id"]), text, lifetime), None)


def discard(job_ids: Iterable[object]) -> None:
    """Forgets jobs that were removed from the database."""
    keys = [_key(job_id) for job_id in job_ids]
    keyvalue.attempt(lambda client: client.delete(*keys), None)


def _key(job_id: object) -> str:
    return f"job:{job_id}"
