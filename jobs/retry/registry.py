"""The retry policies there are."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, get_args

from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

from jobs.retry.exponential import Exponential
from jobs.retry.fixed import Fixed
from jobs.retry.linear import Linear
from jobs.retry.listed import Listed
from jobs.retry.policy import Policy

Known = Fixed | Linear | Exponential | Listed

DEFAULT = Exponential(strategy="exponential")
"""1 s, 2 s, 4 s, … up to 300 s, each shortened by up to 20%."""

_BY_NAME: dict[str, type[Policy]] = {
    get_args(kind.model_fields["strategy"].annotation)[0]: kind for kind in get_args(Known)
}


def _unknown(_: str) -> str:
    names = ", ".join(map(repr, _BY_NAME))
    raise PydanticCustomError("literal_error", f"Input should be one of {names}")


class _Named(BaseModel):
    """A policy by none of the names that there are."""

    strategy: Annotated[str, AfterValidator(_unknown)]


def pick(value: object) -> Policy:
    """The policy in parsed JSON.

    Raises `ValidationError`, as a union would, but one that speaks of the fields of the strategy
    that was meant and of no other.
    """
    if isinstance(value, Policy):
        return value
    if not isinstance(value, dict):
        message = "A retry policy should be a JSON object with a strategy"
        raise PydanticCustomError("model_type", message)
    strategy = value.get("strategy")
    if isinstance(strategy, str) and (kind := _BY_NAME.get(strategy)):
        return kind.model_validate(value)
    _Named.model_validate(value)
    raise AssertionError(strategy)  # it is refused above


AnyPolicy = Annotated[
    Known, Field(discriminator="strategy"), WrapValidator(lambda value, _: pick(value))
]
"""For models of requests."""

_ADAPTER: TypeAdapter[Policy] = TypeAdapter(Annotated[Known, Field(discriminator="strategy")])


@lru_cache(1024)
def read(text: str | None) -> Policy:
    """The policy that a job has as JSON text; the default where it has none.

    So is one that only another version of Celeriac understands: no job must hang on it.
    """
    if text is None:
        return DEFAULT
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError:
        return DEFAULT
