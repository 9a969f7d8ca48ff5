"""One attempt at one chunk of a job, or at combining its chunks' results. Touches no database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from executors.worker.attempt import Ending, ending_of, load
from jobs import chunkable, results
from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.errors import DoNotRetry
from jobs.lifecycle import Started
from jobs.types import JobType


def run_chunk(
    job: Started, chunk: int, chunk_count: int, context: JobContext, *, result_max_bytes: int
) -> Ending:
    """Runs one of `chunk_count` chunks, counted from 0; whatever is raised becomes an ending.

    Where the job splits into fewer parts, the chunks beyond them complete with no result.
    """

    def work() -> str | None:
        job_type, payload = load(job)
        chunked, chunk_result = _chunked(job_type)
        context.check()
        parts = chunkable.split(job_type.name, chunked, payload, chunk_count)
        if chunk >= len(parts):
            return None
        value = chunked.run_chunk(context, parts[chunk])
        whose = f"The chunk {chunk} of {job_type.name!r}"
        return results.dump(chunk_result, value, whose, result_max_bytes)

    return ending_of(job, work)


def combine(
    job: Started, chunk_results: Sequence[str], context: JobContext, *, result_max_bytes: int
) -> Ending:
    """Makes the job's result of its chunks', JSON texts in the order of the chunks."""

    def work() -> str:
        job_type, payload = load(job)
        chunked, chunk_result = _chunked(job_type)
        loaded = [_loaded(job_type, chunk_result, text) for text in chunk_results]
        context.check()
        value = chunked.combine(payload, loaded)
        whose = f"The combine of {job_type.name!r}"
        return results.dump(job_type.result, value, whose, result_max_bytes)

    return ending_of(job, work)


def _chunked(job_type: JobType) -> tuple[Chunkable[Any, Any, Any, Any], TypeAdapter[Any]]:
    if job_type.chunked is None or job_type.chunk_result is None:
        reason = f"The type {job_type.name!r} can't be chunked any more."
        raise DoNotRetry(reason, code="not_chunkable")
    return job_type.chunked, job_type.chunk_result


def _loaded(job_type: JobType, chunk_result: TypeAdapter[Any], text: str) -> object:
    try:
        return chunk_result.validate_json(text)
    except ValidationError as error:
        why = results.first_errors(error)
        reason = f"A chunk's result no longer fits the type {job_type.name!r}: {why}"
        raise DoNotRetry(reason, code="invalid_result") from None
