"""The access token of XXL-JOB's executors, made by `demo` and `up` where nobody has chosen one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "XXL_JOB_ACCESS_TOKEN"


def kept_token(directory: Path) -> str:
    """The token that was made in this data directory; an empty text where there is none."""
    try:
        return (directory / "xxl_token").read_text().strip()
    except OSError:
        return ""


def ensure_token(directory: Path, environ: Mapping[str, str]) -> str:
    """The token that the environment names, else the kept one, made now if there is none."""
    named = environ.get(VARIABLE)
    if named is not None:
        return named
    return kept_token(directory) or _make(directory / "xxl_token")


def _make(path: Path) -> str:
    token = secrets.token_urlsafe(32)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(token)
    return token
