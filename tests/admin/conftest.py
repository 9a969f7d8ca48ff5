"""People who log in to the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

import config.urls  # noqa: F401  (finds the admins of all apps)


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


def management(answer: Any) -> dict[str, Any]:
    """What a browser sends back of an admin page's tables of rows that belong to the row."""
    forms = [inline.formset.management_form for inline in answer.context["inline_admin_formsets"]]
    return {form.add_prefix(name): form[name].value() for form in forms for name in form.fields}
