"""Job types whose work can be split into chunks that run side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from jobs import results
from jobs.context import JobContext
from jobs.errors import DoNotRetry

P = TypeVar("P")
Part = TypeVar("Part")
PartResult = TypeVar("PartResult")
Result = TypeVar("Result")


class Chunkable(ABC, Generic[P, Part, PartResult, Result]):
    """Base class of chunkable job types; `@job_type(name)` on a subclass registers it.

    One instance serves all jobs of a process, from several threads at once: it keeps no state.
    The types of the payload, of a part's result and of the result are read from the annotations.
    """

    @abstractmethod
    def split(self, payload: P, parts: int) -> Sequence[Part]:
        """At least one and at most `parts` parts, which together are the whole work.

        Called anew for each chunk, on any executor: it must be cheap, and give the same parts
        for the same payload every time. Parts stay in the process that splits.
        """

    @abstractmethod
    def run_chunk(self, context: JobContext, part: Part) -> PartResult:
        """Does one part's work; its result is kept in the database until all are there."""

    @abstractmethod
    def combine(self, payload: P, results: Sequence[PartResult]) -> Result:
        """The job's result, from those of its parts, in the order that `split` gave them."""


def split(
    name: str, chunked: Chunkable[P, Part, Any, Any], payload: P, count: int
) -> Sequence[Part]:
    """The parts of a job for `count` chunks, at most one for each; raises `DoNotRetry`."""
    parts = chunked.split(payload, count)
    if not 1 <= len(parts) <= count:
        reason = f"The split of {name!r} made {len(parts):,} parts; wanted were 1 to {count:,}."
        raise DoNotRetry(reason, code="bad_split")
    return parts


@dataclass(frozen=True)
class RunWhole:
    """The handler of a chunkable type for jobs that run in one piece."""

    name: str
    chunked: Chunkable[Any, Any, Any, Any]
    chunk_result: TypeAdapter[Any]

    def __call__(self, context: JobContext, payload: Any) -> Any:
        """The result of a job; the one chunk's goes through JSON, as those of many do."""
        (part,) = split(self.name, self.chunked, payload, 1)
        value = self.chunked.run_chunk(context, part)
        text = results.dump(self.chunk_result, value, f"The chunk of {self.name!r}")
        return self.chunked.combine(payload, [self.chunk_result.validate_json(text)])
