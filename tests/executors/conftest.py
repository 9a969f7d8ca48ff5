"""What tests of leases being worked through share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from executors import leases
from executors.worker import attempt, store
from executors.worker.run import Run
from jobs.models import Job
from tests.support.situations import Situation, assigned

execute = partial(attempt.run, result_max_bytes=1000)


@pytest.fixture
def claim() -> Callable[..., tuple[Situation, Run]]:
    """Claims a lease with a job for each payload."""

    def claim(type_: str, *payloads: dict[str, Any], **fields: Any) -> tuple[Situation, Run]:
        it = assigned(len(payloads), type=type_, **fields)
        for id_, payload in zip(it.ids, payloads, strict=True):
            Job.objects.filter(id=id_).update(payload=payload)
        with connection.cursor() as cursor:
            claimed = leases.claim(cursor, it.lease_id, it.incarnation)
        assert claimed is not None
        return it, Run(claimed, execute, store.write_outcomes)

    return claim
