"""`manage.py test` has servers of its own, which it stops, and pytest's exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INNER = """
import os
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

@pytest.mark.django_db
def test_inner():
    assert connection.settings_dict["HOST"] == "127.0.0.1"
    assert connection.settings_dict["NAME"] == "test_celeriac"
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        print("data:", cursor.fetchone()[0])
    cache.set("key", "value")
    assert cache.get("key") == "value"
    assert {outcome}
"""


def run(folder: Path, outcome: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    test = folder / "test_inner.py"
    test.write_text(INNER.format(outcome=outcome))
    elsewhere = {"DATABASE_URL": "postgres://a-database-to-keep/x", "BROKER_URL": "redis://b/0"}
    return subprocess.run(
        [sys.executable, "manage.py", "test", *arguments, "-s", "-q", str(test)],
        cwd=ROOT, env=os.environ | elsewhere, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip


@pytest.mark.parametrize(("outcome", "code"), [("True", 0), ("False", 1)])
def test_it_uses_throw_away_servers_whatever_the_environment_names(
    tmp_path: Path, outcome: str, code: int
) -> None:
    done = run(tmp_path, outcome)
    assert done.returncode == code, done.stdout + done.stderr
    directory = Path(done.stdout.split("data: ")[1].split()[0])
    assert "celeriac-test-" in str(directory)
    assert not directory.exists()


def test_servers_that_the_environment_names_are_used_when_that_is_asked_for(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, "True", "--use-env")
    assert done.returncode == 1
    assert "a-database-to-keep" in done.stdout + done.stderr
