"""Clients of each role."""

from __future__ import annotations

import pytest

from tests.api.client import Api


@pytest.fixture
def admin(db: None) -> Api:
    return Api("admin")


@pytest.fixture
def operator(db: None) -> Api:
    return Api("operator")


@pytest.fixture
def viewer(db: None) -> Api:
    return Api("viewer")
