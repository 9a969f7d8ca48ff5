"""Pages keep nobody out at any moment: neither before their scripts have run nor before what
these ask for has come."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import People, scrolls_sideways, serious_faults
from tests.support.platform import Platform

PAGES = [
    "/ui/",
    "/ui/jobs",
    "/ui/submit",
    "/ui/submit/resize_image",
    "/ui/tasks",
    "/ui/tasks/new",
    "/ui/tasks/heatmap",
    "/ui/executors",
    "/ui/timeline",
]


def without_scripts(route: Any) -> None:
    if route.request.resource_type == "script":
        route.fulfill(body="", content_type="text/javascript")
    else:
        route.fallback()


def without_answers(route: Any) -> None:
    if route.request.resource_type not in ("fetch", "xhr", "eventsource"):
        route.fallback()


@pytest.fixture(scope="module")
def working(platform: Platform) -> Platform:
    """A platform with an executor and a job of each common end."""
    platform.dispatcher()
    platform.worker("w1", slots=1)
    client = platform.client
    done = client.submit_one("add_numbers", {"a": 1, "b": 2})
    failed = client.submit_one("raise_error", {"message": "no"}, max_attempts=1)
    platform.wait_final(done, failed)
    return platform


@pytest.mark.parametrize(
    ("lacking", "scheme"), [(without_scripts, "light"), (without_answers, "dark")]
)
def test_pages_have_no_serious_fault_while_they_come(
    working: Platform, people: People, lacking: Any, scheme: str
) -> None:
    window = people.open("/ui/", scheme=scheme)
    window.route("**/*", lacking)
    job = working.client.submit_one("noop", {})
    working.wait_final(job)
    for path in [*PAGES, f"/ui/jobs/{job}", f"/ui/executors/{working.executor('w1')['id']}"]:
        window.goto(path, wait_until="commit")
        window.wait_for_load_state("domcontentloaded")
        assert serious_faults(window) == [], path
        assert not scrolls_sideways(window), path
