"""Reads docker-compose.yml as docker compose does, as far as it goes without containers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:[-?])([^}]*))?\})")


class Unset(Exception):
    """A variable that must be set is not."""


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables filled in; raises `Unset` with the file's own message."""
    return interpolate(yaml.safe_load(text()), environ)


def text() -> str:
    """The file as it is."""
    return (ROOT / "docker-compose.yml").read_text()


def required() -> set[str]:
    """The names of variables without which the file is refused."""
    return {match[2] for match in _VARIABLE.finditer(text()) if match[3] == ":?"}


def interpolate(value: Any, environ: Mapping[str, str]) -> Any:
    """`value` with `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` replaced."""
    if isinstance(value, dict):
        return {key: interpolate(item, environ) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolate(item, environ) for item in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _replacement(match, environ), value)
    return value


def _replacement(match: re.Match[str], environ: Mapping[str, str]) -> str:
    escaped, name, operator, argument = match.groups()
    if escaped:
        return "$"
    if environ.get(name):
        return environ[name]
    if operator == ":?":
        raise Unset(f"{name}: {argument}")
    return argument if operator == ":-" else ""
