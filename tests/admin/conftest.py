"""People who log in to the admin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client


@pytest.fixture(autouse=True, scope="session")
def static_root() -> None:
    """WhiteNoise warns where the directory is missing, and warnings are errors."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def login(db: None) -> Callable[[str], Client]:
    """A browser in which a member of staff with a role is logged in; without one for ""."""

    def log_in(role: str, *, enforce_csrf_checks: bool = False) -> Client:
        user = User.objects.create(username=f"the-{role}", is_staff=True)
        if role:
            user.groups.add(Group.objects.get(name=role))
        client = Client(enforce_csrf_checks=enforce_csrf_checks)
        client.force_login(user)
        return client

    return log_in
