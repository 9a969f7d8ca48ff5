"""Settings that are looked at before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks


@pytest.mark.parametrize(("token", "told"), [("default_token", True), ("another", False)])
def test_the_token_that_everybody_knows_is_told_of(settings: Any, token: str, told: bool):
    settings.CELERIAC = settings.CELERIAC | {"XXL_JOB_ACCESS_TOKEN": token}
    assert ("celeriac.W001" in {its.id for its in run_checks()}) is told
