"""What the pages of submission read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from jobs.api.queries import job
from jobs.errors import JobNotFound
from jobs.ids import is_uuid
from jobs.models import Artifact


def like(job_id: str) -> dict[str, Any]:
    """The job to submit another one like; raises `JobNotFound`, for what is no id as well."""
    if not is_uuid(job_id):
        raise JobNotFound(id=job_id)
    return job(job_id)


def artifacts(ids: Iterable[str]) -> dict[str, Artifact]:
    """Those that there are, by id."""
    wanted = {id_: UUID(id_) for id_ in ids if is_uuid(id_)}
    found = Artifact.objects.in_bulk(set(wanted.values())) if wanted else {}
    return {text: found[id_] for text, id_ in wanted.items() if id_ in found}
