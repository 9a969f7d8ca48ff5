"""Runs a chunkable job type as workers do: split anew for each chunk, results kept as JSON."""

from __future__ import annotations

import json
from typing import Any

from jobs import chunkable, results, types
from jobs.context import JobContext

JOB_ID = "01978f6e-0000-7000-8000-000000000000"


def chunk_results(name: str, payload: object, count: int, **context: Any) -> list[str]:
    """The results of all chunks as JSON texts, those left out for which there was no part."""
    kind = types.get(name)
    texts = []
    for index in range(count):
        loaded = kind.load_payload(json.dumps(payload))
        parts = chunkable.split(name, kind.chunked, loaded, count)
        if index < len(parts):
            fields = {"job_id": JOB_ID, "attempt": 1} | context
            value = kind.chunked.run_chunk(JobContext(**fields), parts[index])
            texts.append(results.dump(kind.chunk_result, value, "It"))
    return texts


def combined(name: str, payload: object, texts: list[str]) -> Any:
    """What the results of chunks make together, as JSON is read."""
    kind = types.get(name)
    loaded = [kind.chunk_result.validate_json(text) for text in texts]
    value = kind.chunked.combine(kind.load_payload(json.dumps(payload)), loaded)
    return json.loads(results.dump(kind.result, value, "It"))


def in_chunks(name: str, payload: object, count: int, **context: Any) -> Any:
    """The result of a job that was split into `count` chunks."""
    return combined(name, payload, chunk_results(name, payload, count, **context))


def in_one_piece(name: str, payload: object, **context: Any) -> Any:
    """The result of a job that was not split."""
    kind = types.get(name)
    fields = {"job_id": JOB_ID, "attempt": 1} | context
    value = kind.handler(JobContext(**fields), kind.load_payload(json.dumps(payload)))
    return json.loads(results.dump(kind.result, value, "It"))
