"""Fixtures for all tests: the workload's job types, and platforms of real processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any

import pytest
from django.db import connection
from hypothesis import settings
from pytest_django.plugin import blocking_manager_key

import tests.support.workload.job_types  # noqa: F401  (registers them in this process too)
from tests.support import leisure
from tests.support.database import Database, create_database, drop_database, shared_template
from tests.support.platform import Platform, running
from tests.support.races import Rival

# How long an example takes says something about the machine only.
settings.register_profile("celeriac", deadline=None, max_examples=60, database=None)
settings.load_profile("celeriac")
leisure.lift()

_numbers = count(1)


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    asked = marker and marker.kwargs.get("transaction")
    return bool(asked or {"transactional_db", "live_server"}.intersection(fixtures))


def _waits(item: pytest.Item) -> bool:
    """Whether it starts processes, for which it waits longer than it works itself."""
    return "make_platform" in getattr(item, "fixturenames", ()) or "embedded" in item.path.parts


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """A test that commits finds the tables as the migrations made them, roles and all.

    Files that take long come first: in a parallel run none of them begins when the others end.
    """
    whole = pytest.mark.django_db(transaction=True, serialized_rollback=True)
    for item in items:
        if _commits(item):
            item.add_marker(whole, append=False)
    yield
    slow = {item.path for item in items if _waits(item)}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """And leaves them so for a test that doesn't, and may come after it in a parallel run."""
    yield
    rows = getattr(connection, "_test_serialized_contents", "")
    # The last test takes the database with it.
    if nextitem and rows and _commits(item) and not _commits(nextitem):
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(rows)


@pytest.fixture(scope="session")
def server_url() -> str:
    """The Postgres server of this run."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def template(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database to copy."""
    with shared_template(server_url, tmp_path_factory.mktemp("template")) as name:
        yield name


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, template: str
) -> None:
    """The tests' own database is a copy too."""
    connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def make_platform(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[Platform]]:
    """Makes platforms, each a context manager that stops it and looks for what it left behind."""

    @contextmanager
    def make(**settings: str) -> Iterator[Platform]:
        name = f"celeriac_platform_{os.getpid()}_{next(_numbers)}"
        database = Database(create_database(server_url, name, template))
        with running(database, tmp_path_factory.mktemp("platform"), settings) as platform:
            yield platform
        drop_database(server_url, name)

    return make


@pytest.fixture
def cursor(db: None) -> Iterator[Any]:
    """A cursor on the test's own connection."""
    with connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def rival(transactional_db: None) -> Iterator[Rival]:
    """A second connection; the test's own is not in a transaction."""
    rival = Rival()
    yield rival
    rival.close()
