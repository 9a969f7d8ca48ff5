"""Clients of each role."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from tests.api.client import Api


@pytest.fixture
def operator(db: None) -> Api:
    return Api("operator")


@pytest.fixture
def viewer(db: None) -> Api:
    return Api("viewer")


@pytest.fixture(autouse=True, scope="session")
def static_root() -> None:
    """WhiteNoise warns where the directory is missing, and warnings are errors."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
