"""Settings that can be wrong, looked at before anything starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

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
