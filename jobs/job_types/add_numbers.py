"""The job type `add_numbers`."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from jobs.context import JobContext
from jobs.errors import DoNotRetry
from jobs.types import Payload, job_type

MAX_DIGITS = 1000
"""Of an integer. Postgres writes the largest float as an integer of 309 digits."""
_LIMIT = 10**MAX_DIGITS


def _number(value: object) -> int | float:
    """Checks both kinds at once, so that a mistake is reported once and not for each kind."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number_type", "Input should be a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "Input should be a finite number")
    if isinstance(value, int) and abs(value) >= _LIMIT:
        raise PydanticCustomError(
            "too_many_digits",
            "An integer may have at most {digits} digits",
            {"digits": MAX_DIGITS},
        )
    return value


Number = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]


class AddNumbers(Payload):
    """Two numbers."""

    a: Number = Field(description="The first number; an integer of up to 1,000 digits is exact.")
    b: Number = Field(description="The second number.")


class Sum(Payload):
    """What the numbers add up to."""

    sum: int | float = Field(description="An integer if both numbers were integers.")


@job_type("add_numbers")
def add_numbers(_context: JobContext, payload: AddNumbers) -> Sum:
    """Adds two numbers."""
    try:
        total = payload.a + payload.b
    except OverflowError:
        total = math.inf
    if isinstance(total, float) and not math.isfinite(total):
        raise DoNotRetry("The sum is too large for a floating-point number.", code="overflow")
    return Sum(sum=total)
