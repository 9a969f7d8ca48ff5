"""People who log in to the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client


@pytest.fixture
def login(db: None) -> Callable[..., Client]:
    """A browser in which someone with a role is logged in; without one for ""."""

    def log_in(role: str, **options: bool) -> Client:
        user, _ = User.objects.get_or_create(username=f"the-{role}")
        if role:
            user.groups.add(Group.objects.get(name=role))
        client = Client(headers={"accept": "text/html"}, **options)
        client.force_login(user)
        return client

    return log_in
