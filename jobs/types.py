"""The registry of job types: a handler with a typed payload and a typed result.

A project adds its own in a module `job_types.py` of any installed app::

    from jobs.types import Payload, job_type

    class Greet(Payload):
        name: str

    class Greeting(Payload):
        text: str

    @job_type("greet")
    def greet(context: JobContext, payload: Greet) -> Greeting:
        \"\"\"Says hello.\"\"\"
        return Greeting(text=f"Hello {payload.name}")

A type whose work can be split into chunks, which run side by side, is a class instead::

    @job_type("greet_all")
    class GreetAll(Chunkable[Names, list[str], Greetings, Greetings]):
        \"\"\"Says hello to many.\"\"\"

        def split(self, payload: Names, parts: int) -> list[list[str]]: ...
        def run_chunk(self, context: JobContext, part: list[str]) -> Greetings: ...
        def combine(self, payload: Names, results: Sequence[Greetings]) -> Greetings: ...
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.module_loading import autodiscover_modules
from pydantic import BaseModel, ConfigDict, TypeAdapter

from jobs import signatures
from jobs.chunkable import Chunkable, RunWhole
from jobs.errors import BadSignature, UnknownJobType
from jobs.wishes import LoadBalanceStrategy

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Payload(BaseModel):
    """Base of payloads and results: no unknown fields, no guessing of types, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


@dataclass(frozen=True)
class JobType:
    """A registered handler and what it takes and gives.

    `timeout` is in seconds, None for no limit; `repeatable` is False for a type whose handler
    must never be started twice, so that a lost job of it fails instead of being run again.
    `chunked` is what splits, runs and combines chunks of a chunkable type, `chunk_result` what a
    chunk gives; its `handler` does all of it in one piece. A `remote` type runs on HTTP executors
    alone: Celery workers don't offer it. `load_balance_strategy` is that of jobs which name none.
    """

    name: str
    description: str
    handler: Callable[[Any, Any], Any]
    payload: TypeAdapter[Any]
    result: TypeAdapter[Any]
    timeout: float | None = None
    max_attempts: int = 3
    repeatable: bool = True
    remote: bool = False
    load_balance_strategy: LoadBalanceStrategy | None = None
    chunked: Chunkable[Any, Any, Any, Any] | None = None
    chunk_result: TypeAdapter[Any] | None = None

    @property
    def chunkable(self) -> bool:
        """Whether a job of this type can be split into chunks."""
        return self.chunked is not None

    def load_payload(self, text: str | bytes) -> Any:
        """The typed payload in a JSON text; raises `pydantic.ValidationError`."""
        return self.payload.validate_json(text)


_types: dict[str, JobType] = {}
_aliases: dict[str, str] = {}


def job_type(
    name: str,
    *,
    timeout: float | None = None,
    max_attempts: int = 3,
    repeatable: bool = True,
    remote: bool = False,
    load_balance_strategy: LoadBalanceStrategy | str | None = None,
) -> Callable[[Handler], Handler]:
    """Registers a handler `(context, payload) -> result` under a snake_case `name`.

    Or a `Chunkable` class. The payload's and result's types are the annotations; the docstring
    is the description that users read. Jobs that don't name a `load_balance_strategy` take this
    one. Raises `BadSignature` where annotations are missing or do not go together.
    """

    strategy = LoadBalanceStrategy(load_balance_strategy) if load_balance_strategy else None

    def register(handler: Handler) -> Handler:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
            message = f"A job type's name is snake_case, at most 100 characters: {name!r} is not."
            raise ValueError(message)
        known = _types.get(name)
        if known and handler not in (known.handler, type(known.chunked)):
            message = f"Two handlers want to be the job type {name!r}."
            raise ValueError(message)
        _types[name] = JobType(
            name=name,
            description=inspect.getdoc(handler) or "",
            timeout=timeout,
            max_attempts=max_attempts,
            repeatable=repeatable,
            remote=remote,
            load_balance_strategy=strategy,
            **(_chunkable(name, handler) if inspect.isclass(handler) else _function(handler)),
        )
        _aliases[name.title().replace("_", "")] = name
        return handler

    return register


def _function(handler: Callable[..., Any]) -> dict[str, Any]:
    signature = signatures.of_function(handler)
    return {
        "handler": handler,
        "payload": TypeAdapter(signature.payload),
        "result": TypeAdapter(signature.result),
    }


def _chunkable(name: str, kind: type) -> dict[str, Any]:
    if not issubclass(kind, Chunkable):
        raise BadSignature(handler=kind.__qualname__, reason="a class must be a Chunkable")
    signature = signatures.of_chunkable(kind)
    chunked, chunk_result = kind(), TypeAdapter(signature.chunk_result)
    return {
        "handler": RunWhole(name, chunked, chunk_result),
        "payload": TypeAdapter(signature.payload),
        "result": TypeAdapter(signature.result),
        "chunked": chunked,
        "chunk_result": chunk_result,
    }


def get(name: str) -> JobType:
    """The type called `name`, in snake_case or PascalCase; raises `UnknownJobType`."""
    found = _types.get(name) or _types.get(_aliases.get(name, ""))
    if found is None:
        raise UnknownJobType(name=name)
    return found


def is_repeatable(name: str) -> bool:
    """Whether jobs of the type may run again after nobody knows what; so of an unknown one."""
    try:
        return get(name).repeatable
    except UnknownJobType:
        return True


def all_types() -> list[JobType]:
    """Every registered type, by name."""
    return [_types[name] for name in sorted(_types)]


def discover() -> None:
    """Imports `job_types` of every installed app."""
    autodiscover_modules("job_types")
