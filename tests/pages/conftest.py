"""People who log in to the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from dashboard.executors import views as executors
from dashboard.live import latest
from dashboard.tasks import collisions_reading as collisions
from dashboard.timeline import views as timeline


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What was read for another test a moment ago is not given to this one."""
    latest.forget()
    for views in (executors, timeline, collisions):
        views.kept.clear()


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
