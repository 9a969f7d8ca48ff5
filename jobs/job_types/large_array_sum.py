"""The job type `large_array_sum`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import Field, model_validator

from jobs import artifacts
from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.errors import ArtifactNotFound, DoNotRetry
from jobs.shares import share
from jobs.types import Payload, job_type

if TYPE_CHECKING:
    import numpy as np


class LargeArraySum(Payload):
    """An array, given as it is or as a file."""

    array: list[float] | None = Field(None, description="The numbers themselves.")
    artifact: UUID | None = Field(
        None, description="A NumPy file (.npy) of integers or floats: the id of an artifact."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.array is None) == (self.artifact is None):
            raise ValueError("Give either an array or an artifact.")
        return self


class ArraySum(Payload):
    """What the numbers add up to."""

    sum: int | float = Field(description="An integer if the file holds integers.")
    count: int = Field(description="How many numbers were added.")


@dataclass(frozen=True, slots=True)
class Share:
    """One of several equal shares of an array, counted from 0."""

    payload: LargeArraySum
    index: int
    of: int


class ShareSum(Payload):
    """What a share adds up to. Postgres may write a whole float as an integer, so it is told."""

    sum: int | float
    exact: bool
    count: int


@job_type("large_array_sum")
class ArraySummation(Chunkable[LargeArraySum, Share, ShareSum, ArraySum]):
    """Adds up an array of numbers; a file is read block by block, and may exceed the memory.

    Integers are added exactly. Split into chunks, each reads only its own slice of the file.
    """

    def split(self, payload: LargeArraySum, parts: int) -> Sequence[Share]:
        """Equal shares; how long the array in a file is, each finds out by itself."""
        if payload.array is not None:
            parts = max(1, min(parts, len(payload.array)))
        return [Share(payload, index, parts) for index in range(parts)]

    def run_chunk(self, context: JobContext, part: Share) -> ShareSum:
        """Adds up one share."""
        from jobs.arrays import sum_slice

        with _numbers(part.payload) as values:
            start, stop = share(len(values), part.index, part.of)
            total = sum_slice(values, start, stop, context.progress)
        return ShareSum(sum=_finite(total), exact=isinstance(total, int), count=stop - start)

    def combine(self, _payload: LargeArraySum, results: Sequence[ShareSum]) -> ArraySum:
        """Adds up the sums."""
        from jobs.arrays import add_up

        total = add_up([part.sum if part.exact else float(part.sum) for part in results])
        return ArraySum(sum=_finite(total), count=sum(part.count for part in results))


def _finite(total: float) -> int | float:
    if isinstance(total, float) and not math.isfinite(total):
        raise DoNotRetry(
            "The sum is no finite number: the array holds NaN or infinities, or adds up to more "
            "than a floating-point number can hold.",
            code="not_finite",
        )
    return total


@contextmanager
def _numbers(payload: LargeArraySum) -> Iterator[np.ndarray]:
    import numpy as np

    from jobs.arrays import BadArray, open_npy

    if payload.array is not None:
        yield np.array(payload.array, dtype=np.float64)
        return
    try:
        with artifacts.local_path(str(payload.artifact)) as path:
            yield open_npy(path)
    except (ArtifactNotFound, BadArray) as error:
        raise DoNotRetry(str(error), code=error.code) from None
