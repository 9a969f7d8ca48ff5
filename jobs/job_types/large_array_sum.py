"""The job type `large_array_sum`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import Field, model_validator

from jobs import artifacts
from jobs.context import JobContext
from jobs.errors import ArtifactNotFound, DoNotRetry
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


@job_type("large_array_sum")
def large_array_sum(context: JobContext, payload: LargeArraySum) -> ArraySum:
    """Adds up an array of numbers; a file is read block by block, and may exceed the memory."""
    with _numbers(payload) as values:
        return sum_of_slice(context, values, 0, len(values))


def sum_of_slice(context: JobContext, values: np.ndarray, start: int, stop: int) -> ArraySum:
    """The sum of `values[start:stop]`; raises `DoNotRetry` where no finite number holds it."""
    from jobs.arrays import sum_slice

    total = sum_slice(values, start, stop, context.progress)
    if isinstance(total, float) and not math.isfinite(total):
        raise DoNotRetry(
            "The sum is no finite number: the array holds NaN or infinities, or adds up to more "
            "than a floating-point number can hold.",
            code="not_finite",
        )
    return ArraySum(sum=total, count=stop - start)


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
