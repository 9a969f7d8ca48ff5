"""When the database is prepared again, and what the person's account is made of."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from knox.models import AuthToken

from config.credentials import ensure_credentials
from config.processes.preparation import LOOK_AGAIN, fingerprint_of, is_fresh


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app" / "migrations").mkdir(parents=True)
    (tmp_path / "app" / "migrations" / "0001_initial.py").write_text("one")
    (tmp_path / "requirements.txt").write_text("django")
    return tmp_path


@pytest.mark.parametrize(
    "changed", ["app/migrations/0002_more.py", "app/migrations/0001_initial.py", "requirements.txt"]
)
def test_any_other_migration_or_package_asks_for_another_look(project: Path, changed: str) -> None:
    before = fingerprint_of(project)
    assert fingerprint_of(project) == before
    (project / changed).write_text("other")
    assert fingerprint_of(project) != before


def test_a_stamp_counts_for_its_migrations_and_for_a_day(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    assert not is_fresh(stamp, "these", now=0)
    stamp.write_text("these")
    os.utime(stamp, (1000, 1000))
    assert is_fresh(stamp, "these", now=1000 + LOOK_AGAIN - 1)
    assert not is_fresh(stamp, "others", now=1000)
    assert not is_fresh(stamp, "these", now=1000 + LOOK_AGAIN)


@pytest.mark.django_db
def test_an_account_that_works_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    ensure_credentials(path)
    first = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(first["password"]) >= 20
    user = User.objects.get(username=first["username"])
    assert user.is_superuser
    assert user.check_password(first["password"])
    ensure_credentials(path)
    assert json.loads(path.read_text()) == first


@pytest.mark.django_db
def test_an_expired_token_and_a_forgotten_password_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    ensure_credentials(path)
    first = json.loads(path.read_text())
    AuthToken.objects.update(expiry=F("expiry") - timedelta(days=1000))
    ensure_credentials(path)
    second = json.loads(path.read_text())
    assert second["password"] == first["password"]
    assert second["token"] != first["token"]
    assert second["executor_token"] != first["executor_token"]
    assert AuthToken.objects.count() == 2

    path.write_text("{}")
    ensure_credentials(path)
    third = json.loads(path.read_text())
    assert User.objects.get(username="admin").check_password(third["password"])
