"""Settings that can be wrong, looked at before anything starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.checks import check_admin_app
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from jobs.throttles import parse_rate


@register()
def rates(**_: Any) -> list[Error]:
    """The rates are such that a request can be held against them."""
    errors = []
    for name, rate in settings.RATES.items():
        try:
            parse_rate(rate)
        except ValueError as error:
            errors.append(Error(f"RATE_{name.upper()}: {error}", id="celeriac.E001"))
    return errors


@register(Tags.security)
def known_tokens(**_: Any) -> list[CheckMessage]:
    """The token of XXL-JOB's executors is not the one that all of its examples have."""
    if settings.CELERIAC["XXL_JOB_ACCESS_TOKEN"] != "default_token":  # noqa: S105
        return []
    hint = "Set another one here, and as xxl.job.accessToken of the executors."
    return [
        checks.Warning(
            "XXL_JOB_ACCESS_TOKEN is XXL-JOB's default_token, which anybody knows: whoever reaches "
            "this platform can enter executors and report for them.",
            hint=hint,
            id="celeriac.W001",
        )
    ]


@register(Tags.admin)
def discovered_admins(**_: Any) -> list[CheckMessage]:
    """Finds the admins of all apps, so that Django's own checks of them are about all."""
    admin.autodiscover()
    return check_admin_app(app_configs=None)
