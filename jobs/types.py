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
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from django.utils.module_loading import autodiscover_modules
from pydantic import BaseModel, ConfigDict, TypeAdapter

from jobs.errors import UnknownJobType


class Payload(BaseModel):
    """Base of payloads and results: no unknown fields, no guessing of types, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


@dataclass(frozen=True)
class JobType:
    """A registered handler and what it takes and gives.

    `timeout` is in seconds, None for no limit; `repeatable` is False for a type whose handler
    must never be started twice, so that a lost job of it fails instead of being run again.
    """

    name: str
    description: str
    handler: Callable[[Any, Any], Any]
    payload: TypeAdapter[Any]
    result: TypeAdapter[Any]
    timeout: float | None = None
    max_attempts: int = 3
    repeatable: bool = True

    def load_payload(self, text: str | bytes) -> Any:
        """The typed payload in a JSON text; raises `pydantic.ValidationError`."""
        return self.payload.validate_json(text)

    def dump_result(self, value: object) -> str:
        """The JSON text of what the handler returned; raises `pydantic.ValidationError`."""
        return self.result.dump_json(self.result.validate_python(value)).decode()


_types: dict[str, JobType] = {}
_aliases: dict[str, str] = {}


def job_type(
    name: str,
    *,
    timeout: float | None = None,
    max_attempts: int = 3,
    repeatable: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a handler `(context, payload) -> result` under a snake_case `name`.

    The payload's and result's types are the handler's annotations; its docstring is the
    description that users read.
    """

    def register(handler: Callable[..., Any]) -> Callable[..., Any]:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
            message = f"A job type's name is snake_case, at most 100 characters: {name!r} is not."
            raise ValueError(message)
        if name in _types and _types[name].handler is not handler:
            message = f"Two handlers want to be the job type {name!r}."
            raise ValueError(message)
        hints = get_type_hints(handler)
        payload_parameter = list(inspect.signature(handler).parameters)[1]
        _types[name] = JobType(
            name=name,
            description=inspect.getdoc(handler) or "",
            handler=handler,
            payload=TypeAdapter(hints[payload_parameter]),
            result=TypeAdapter(hints["return"]),
            timeout=timeout,
            max_attempts=max_attempts,
            repeatable=repeatable,
        )
        _aliases[name.title().replace("_", "")] = name
        return handler

    return register


def get(name: str) -> JobType:
    """The type called `name`, in snake_case or PascalCase; raises `UnknownJobType`."""
    found = _types.get(name) or _types.get(_aliases.get(name, ""))
    if found is None:
        raise UnknownJobType(name=name)
    return found


def all_types() -> list[JobType]:
    """Every registered type, by name."""
    return [_types[name] for name in sorted(_types)]


def discover() -> None:
    """Imports `job_types` of every installed app."""
    autodiscover_modules("job_types")
