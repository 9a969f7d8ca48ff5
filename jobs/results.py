"""What handlers return, checked, as JSON text that Postgres takes."""

from __future__ import annotations

import json

from pydantic import TypeAdapter, ValidationError

from jobs import jsontext
from jobs.errors import DoNotRetry

CODE = "invalid_result"


def dump(result: TypeAdapter, value: object, whose: str, max_bytes: int | None = None) -> str:
    """The JSON text of a `value` that fits the type `result`; raises `DoNotRetry`.

    `whose` begins the reason: «The handler of 'add_numbers'».
    """
    try:
        text = result.dump_json(result.validate_python(value)).decode()
    except (ValidationError, ValueError) as error:
        why = first_errors(error) if isinstance(error, ValidationError) else str(error)
        reason = f"{whose} returned what does not fit its result: {why}"
        raise DoNotRetry(reason, code=CODE) from None
    if max_bytes is not None and (size := len(text.encode())) > max_bytes:
        reason = f"{whose} returned {size:,} bytes; at most {max_bytes:,} are kept."
        raise DoNotRetry(reason, code=CODE)
    if "\\u0000" in text and any(jsontext.unstorable(json.loads(text))):
        reason = f"{whose} returned a NUL character, which Postgres can't store."
        raise DoNotRetry(reason, code=CODE)
    return text


def first_errors(error: ValidationError) -> str:
    """The first things that are wrong with a value, in one line."""
    lines = [
        f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['msg']}"
        for item in error.errors(include_url=False, include_context=False)[:5]
    ]
    return "; ".join(lines)
