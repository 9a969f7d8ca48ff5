"""Clients of each role, and what several files of tests begin with."""

from __future__ import annotations

from typing import Any

import pytest

from executors.models import Executor
from tests.api.client import Api
from tests.support.rows import make_member


@pytest.fixture
def admin(db: None) -> Api:
    return Api("admin")


@pytest.fixture
def operator(db: None) -> Api:
    return Api("operator")


@pytest.fixture
def viewer(db: None) -> Api:
    return Api("viewer")


@pytest.fixture
def member(db: None) -> Executor:
    """An HTTP executor of the group `shop`."""
    return make_member().executor


@pytest.fixture
def loopback(settings: Any) -> None:
    """HTTP executors may be on this machine."""
    settings.CELERIAC = settings.CELERIAC | {"EXECUTOR_ADDRESSES": "loopback"}
