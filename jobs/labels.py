"""Labels: what executors say of themselves and jobs may require. Pure: no Django, no I/O."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from jobs.errors import CeleriacError

NAME = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}"
VALUE = r"[A-Za-z0-9._:/+-]{1,63}"
GROUP = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}"
"""The name of a group of HTTP executors, which is the value of a label of theirs."""
REQUIRED_MAX = 16
"""Labels that a job may require."""
HELD_MAX = 64
"""Labels that an executor may have."""
LINK = "task:"
"""With a task's id, the name of a label of the executors that the task is linked to; by its colon
it is none that anybody else could give or require."""
LINKED = "linked"

NAME_RULE = (
    "A label's name has 1 to 63 letters of ASCII, digits and any of . _ / - and begins with a "
    "letter or digit"
)
VALUE_RULE = "A label's value has 1 to 63 letters of ASCII, digits and any of . _ : / + -"

GROUP_RULE = (
    "A group's name has 1 to 63 letters of ASCII, digits and any of . _ + - and begins with a "
    "letter or digit"
)


class BadLabels(CeleriacError):
    """The labels {given} can't be used: {reason}."""

    code = "bad_labels"


def is_name(text: str) -> bool:
    """Whether a label may have this name."""
    return re.fullmatch(NAME, text) is not None


def is_value(text: str) -> bool:
    """Whether a label may have this value."""
    return re.fullmatch(VALUE, text) is not None


def is_group(text: str) -> bool:
    """Whether a group of HTTP executors may have this name."""
    return re.fullmatch(GROUP, text) is not None


def read(given: str | Mapping[str, str]) -> dict[str, str]:
    """An executor's labels, from `gpu=true,zone=a` or a mapping; raises `BadLabels`."""
    try:
        labels = _parsed(given) if isinstance(given, str) else dict(given)
        _check(labels)
    except ValueError as error:
        raise BadLabels(given=repr(given), reason=error) from None
    return labels


def canonical(labels: Mapping[str, str]) -> str:
    """Labels as JSON text, equal for equal labels."""
    return json.dumps(dict(labels), sort_keys=True) if labels else "{}"


def digest(labels: Mapping[str, str]) -> str:
    """16 characters that differ for different labels."""
    return hashlib.sha256(canonical(labels).encode()).hexdigest()[:16]


def _parsed(text: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, equals, value = (part.strip() for part in item.partition("="))
        if not equals:
            message = f"{item!r} lacks a value; write it as {item}=true"
            raise ValueError(message)
        if labels.setdefault(name, value) != value:
            message = f"{name!r} is given twice"
            raise ValueError(message)
    return labels


def _check(labels: Mapping[str, str]) -> None:
    if len(labels) > HELD_MAX:
        message = f"there are {len(labels)}, and at most {HELD_MAX} are allowed"
        raise ValueError(message)
    for name, value in labels.items():
        if not (isinstance(name, str) and is_name(name)):
            message = f"{name!r} is no name. {NAME_RULE}"
            raise ValueError(message)
        if not (isinstance(value, str) and is_value(value)):
            message = f"{value!r}, which {name!r} is set to, is no value. {VALUE_RULE}"
            raise ValueError(message)
