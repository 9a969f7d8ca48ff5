"""The account and the tokens that `demo` and `up` make for the person who started them."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from knox.crypto import hash_token
from knox.models import AuthToken

from config.embedded.files import write_secret
from jobs.permissions import Role
from jobs.tokens import issue_token

USERNAME = "admin"
TOKEN_NAME = "local-admin"  # noqa: S105
SAMPLE_GROUP = "sample-executor"
"""The group of HTTP executors that a token is made for: that of `examples/http_executor.py`."""


def ensure_credentials(path: Path) -> None:
    """Writes `credentials.json`, keeping the password and the tokens in it that still work."""
    found = _read(path)
    password = found.get("password") or secrets.token_urlsafe(18)
    _ensure_superuser(password)
    write_secret(
        path,
        {
            "token": _working_token(found.get("token", ""), TOKEN_NAME, Role.ADMIN),
            "executor_token": _working_token(
                found.get("executor_token", ""), SAMPLE_GROUP, Role.EXECUTOR, SAMPLE_GROUP
            ),
            "username": USERNAME,
            "password": password,
        },
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _ensure_superuser(password: str) -> None:
    user, _ = User.objects.get_or_create(
        username=USERNAME, defaults={"is_staff": True, "is_superuser": True}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save()


def _working_token(token: str, name: str, role: Role, group: str | None = None) -> str:
    """The token itself if it is still valid, else a new one in the place of all former ones."""
    tokens = AuthToken.objects.filter(user__username=name)
    if token and tokens.filter(digest=hash_token(token), expiry__gt=timezone.now()).exists():
        return token
    tokens.delete()
    return issue_token(name, role, group=group)
