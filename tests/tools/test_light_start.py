"""What a worker, a beat and the dispatcher need not load: every page and the admin."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.contrib import admin
from django.core import checks

from jobs.models import Job
from tests.support.database import ROOT

LOADED = """
import sys
import django
from config.celery import app
django.setup()
app.loader.import_default_modules()
print(*sys.modules, sep="\\n")
"""


def test_celery_processes_load_neither_pages_nor_admin() -> None:
    output = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    loaded = set(output.split())
    assert "executors.tasks" in loaded
    assert not loaded & {"config.urls", "dashboard.urls", "jobs.admin", "rest_framework.views"}


def test_checks_look_at_the_admins_of_all_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not checks.run_checks(tags=[checks.Tags.admin])  # which has found the admins
    job_admin = admin.site._registry[Job]
    monkeypatch.setattr(type(job_admin), "list_filter", ["no_such_field"])
    found = checks.run_checks(tags=[checks.Tags.admin])
    assert "admin.E116" in {message.id for message in found}
