"""What a page weighs on a cold cache."""

from __future__ import annotations

import pytest

from tests.browser.conftest import People

LIMIT = 150_000
WEIGHT = """
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .filter((entry) => !entry.name.includes("/ui/live"))
        .reduce((sum, entry) => sum + entry.transferSize, 0)
"""


@pytest.mark.parametrize("path", ["/ui/", "/ui/jobs", "/ui/tasks", "/ui/executors", "/ui/timeline"])
def test_a_page_is_light(people: People, path: str) -> None:
    known = people.open("/ui/jobs", "viewer").context.cookies()
    page = people.window()
    page.context.add_cookies(known)
    page.goto(path, wait_until="load")
    assert 20_000 < page.evaluate(WEIGHT) < LIMIT
