"""What `manage.py screenshots` photographs, and how it keeps it."""

from __future__ import annotations

import io
import sys

import pytest
from django.urls import resolve
from PIL import Image

from config.screenshots.browser import NoBrowser, browser
from config.screenshots.pages import pages
from config.screenshots.pictures import save
from config.screenshots.seed import Seeded
from dashboard.pages.navigation import PAGES
from jobs.ids import uuid7

SEEDED = Seeded(chunked_job=uuid7(), failed_job=uuid7(), task=uuid7(), executor=uuid7())
LIKE_ANOTHER = {"task_edit"}
"""Pages that look like others."""


def test_every_page_of_the_frame_is_photographed_once_by_name():
    shown = pages(SEEDED)
    assert len({page.name for page in shown}) == len(shown)
    wanted = {name for *_, belongs in PAGES for name in belongs}
    assert {
        resolve(page.path.partition("?")[0]).url_name for page in shown
    } == wanted - LIKE_ANOTHER


def test_pictures_become_small_and_stay_as_they_look(tmp_path):
    picture = Image.linear_gradient("L").resize((640, 400)).convert("RGB")
    file = io.BytesIO()
    picture.save(file, "PNG")
    path = tmp_path / "docs" / "it.png"
    assert save(file.getvalue(), path) == path.stat().st_size < 100_000
    with Image.open(path) as kept:
        assert kept.size == (640, 400)
        assert kept.mode == "P"
        expected, got = picture.getpixel((300, 200)), kept.convert("RGB").getpixel((300, 200))
    assert all(abs(one - other) < 8 for one, other in zip(expected, got, strict=True))


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(NoBrowser, match=r"requirements-dev\.txt"), browser():
        pass


def test_a_missing_browser_is_named(monkeypatch):
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoBrowser, match="Chromium"), browser():
        pass
