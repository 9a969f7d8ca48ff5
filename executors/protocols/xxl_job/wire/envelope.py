"""What is around every answer: `code`, `msg`, and a payload whose name changed with 3.3. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jobs import jsontext
from jobs.errors import CeleriacError

GOOD = 200
FAILED = 500

INTEGER_MAX = 2**63 - 1


class NotUnderstood(CeleriacError):
    """XXL-JOB's message is not understood: {reason}."""

    code = "not_understood"


class Form(StrEnum):
    """What an answer came as."""

    OBJECT = "object"
    """As it should."""
    ARRAY = "array"
    """That of a callback, by which some clients refuse a call."""
    NONE = "none"
    """Something else answered in the executor's place, or nothing that one could read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An executor's answer; `payload` is what was in `data`, or before 3.3 in `content`."""

    code: int
    msg: str = ""
    payload: Any = None
    form: Form = Form.OBJECT

    @property
    def good(self) -> bool:
        """Whether it says yes."""
        return self.code == GOOD


def written(answer: Answer) -> dict[str, Any]:
    """The answer as JSON, its payload under the names of all versions."""
    return {
        "code": answer.code,
        "msg": answer.msg or None,
        "data": answer.payload,
        "content": answer.payload,
    }


def read(body: bytes) -> Answer:
    """The answer in a body. One that can't be read is a failure that says why; never raises."""
    try:
        found = parse(body)
    except NotUnderstood as error:
        return Answer(FAILED, str(error), form=Form.NONE)
    if not isinstance(found, dict):
        why = f"It answered no JSON object but {shown(found)}."
        return Answer(FAILED, why, form=Form.ARRAY if isinstance(found, list) else Form.NONE)
    code = integer(found.get("code"))
    if code is None:
        return Answer(FAILED, f"Its answer has no code: {shown(found)}.", form=Form.NONE)
    payload = found.get("data")
    return Answer(
        code, text(found.get("msg")), found.get("content") if payload is None else payload
    )


def parse(body: bytes) -> Any:
    """The JSON value in a body; raises NotUnderstood.

    What a text may hold is not looked at here: a result must not be lost for half a character.
    """
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except ValueError as error:
        raise NotUnderstood(reason=f"it is not JSON: {error}") from None
    except RecursionError:
        raise NotUnderstood(reason="it is nested too deeply") from None


def integer(value: object) -> int | None:
    """A whole number, which some clients send as text or as a float; None for anything else."""
    if isinstance(value, str) and len(value) < 20 and value.strip().removeprefix("-").isdecimal():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > INTEGER_MAX:
        return None
    return value


def text(value: object) -> str:
    """A text, which some clients send as null or as JSON; as Postgres takes it."""
    if value is None:
        return ""
    found = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return jsontext.storable(found)


def shown(value: object, limit: int = 200) -> str:
    """The start of a value's JSON, to name it in a message."""
    found = json.dumps(value)
    return found if len(found) <= limit else f"{found[:limit]}…"
