"""The API's documentation and the browsable API are light or dark, as the pages are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import People, serious_faults

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
PAGES = ["/api/docs/", "/api/v1/", "/api/v1/jobs", "/api/v1/tasks/none"]


def is_dark(page: Any) -> bool:
    red, green, blue = (int(part) for part in page.evaluate(BACKGROUND)[4:-1].split(",")[:3])
    return red + green + blue < 3 * 80


def come_to(page: Any, path: str) -> None:
    page.goto(path)
    # The schema of the documentation takes long to be made on a busy machine.
    shown = page.locator(".opblock, .prettyprint .pln, .prettyprint .str")
    shown.first.wait_for(timeout=240_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_they_follow_the_system_and_can_be_read(people: People, scheme: str) -> None:
    page = people.open("/ui/", "admin", scheme=scheme)
    for path in PAGES:
        come_to(page, path)
        assert is_dark(page) is (scheme == "dark"), path
        assert serious_faults(page, "color-contrast") == [], path


def test_an_open_form_of_the_documentation_can_be_read_in_the_dark(people: People) -> None:
    page = people.open("/ui/", "admin", scheme="dark")
    come_to(page, "/api/docs/")
    page.locator("#operations-jobs-jobs_create, .opblock-post").first.click()
    page.locator(".opblock-body").wait_for()
    assert serious_faults(page, "color-contrast") == []


@pytest.mark.parametrize(("scheme", "chosen"), [("light", "dark"), ("dark", "light")])
def test_what_the_switch_of_the_pages_says_counts_there_too(
    people: People, scheme: str, chosen: str
) -> None:
    page = people.open("/ui/", scheme=scheme)
    page.evaluate(f"localStorage.setItem('theme', {chosen!r})")
    for path in PAGES[:2]:
        come_to(page, path)
        assert is_dark(page) is (chosen == "dark"), path
