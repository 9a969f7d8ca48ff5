"""The browsable API and the documentation in a real browser, under the real content policy."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.database import ROOT
from tests.support.platform import Platform

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 60_000
"""Milliseconds; what comes late on a busy machine still comes."""
PASSWORD = "a password for this test"

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]


@dataclass
class Browser:
    """A page of a person who is logged in, and what the browser complained about."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def press(self, method: str, status: str) -> None:
        """Sends the form of a method, and waits until its answer is shown."""
        self.page.get_by_role("button", name=method).click()
        self.page.locator(".request-info b", has_text=method).wait_for()
        self.page.locator(".response-info").get_by_text(f"HTTP {status}").wait_for()
        # The rest of the answer, too.
        self.page.wait_for_load_state()

    def json(self) -> Any:
        """The answer that the browsable API shows."""
        text = self.page.locator(".response-info").inner_text()
        return json.loads(text[re.search(r"^[{\[]", text, re.MULTILINE).start() :])


@pytest.fixture(scope="module")
def url(make_platform: Callable[..., AbstractContextManager[Platform]]) -> Iterator[str]:
    with make_platform() as platform:
        subprocess.run(
            [sys.executable, "manage.py", "createsuperuser", "--noinput", "--username=root",
             "--email=root@localhost"],
            cwd=ROOT, env=platform.environment | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD},
            check=True, capture_output=True,
        )  # fmt: skip
        yield platform.web()


@pytest.fixture(scope="module")
def session(url: str) -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=2 * PATIENCE,
        )
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE)
        browser = Browser(page, url)
        page.on("console", lambda message: _note(browser, message))
        page.on("pageerror", lambda error: browser.complaints.append(str(error)))
        browser.open("/api/v1/jobs")
        page.get_by_role("link", name="Log in").click()
        page.get_by_label("Username").fill("root")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{url}/api/v1/jobs")
        yield browser
        chromium.close()


@pytest.fixture
def browser(session: Browser) -> Iterator[Browser]:
    session.complaints.clear()
    yield session
    assert session.complaints == []


def _note(browser: Browser, message: Any) -> None:
    # The answer to a request without a session, or to a refused one, is an error to a console.
    if message.type == "error" and "the server responded with a status of 4" not in message.text:
        browser.complaints.append(message.text)


def test_the_root_leads_to_the_lists(browser: Browser) -> None:
    browser.open("/api/v1/")
    assert browser.page.url.endswith("/api/v1/")
    browser.page.get_by_role("link", name=f"{browser.url}/api/v1/job-types").click()
    browser.page.wait_for_url("**/api/v1/job-types")
    assert {kind["name"] for kind in browser.json()["results"]} >= {"add_numbers"}


def test_the_example_can_be_submitted_as_it_stands(browser: Browser) -> None:
    browser.open("/api/v1/jobs")
    browser.press("POST", "201 Created")
    job = browser.json()
    assert (job["type"], job["status"]) == ("add_numbers", "queued")
    browser.open(f"/api/v1/jobs/{job['id']}")
    assert browser.json() == job


def test_a_mistake_is_shown_by_field(browser: Browser) -> None:
    browser.open("/api/v1/jobs")
    browser.page.locator("textarea[name=_content]").fill('{"type": "add_numbers", "payload": {}}')
    browser.press("POST", "400 Bad Request")
    assert [error["field"] for error in browser.json()["errors"]] == ["payload.a", "payload.b"]


def test_a_job_is_steered_by_its_pages(browser: Browser) -> None:
    browser.open("/api/v1/jobs/bulk")
    browser.press("POST", "201 Created")
    job_id = browser.json()["ids"][0]
    browser.open(f"/api/v1/jobs/{job_id}")
    browser.press("PATCH", "200 OK")
    assert browser.json()["priority"] == 7
    browser.open(f"/api/v1/jobs/{job_id}/cancel")
    browser.press("POST", "200 OK")
    assert browser.json()["status"] == "cancelled"
    browser.open(f"/api/v1/jobs/{job_id}/events")
    kinds = [event["kind"] for event in browser.json()["results"]]
    assert kinds == ["priority_changed", "cancelled"]


def test_lists_are_filtered_and_paged_by_buttons(browser: Browser) -> None:
    browser.open("/api/v1/jobs?page_size=1&status=queued")
    browser.page.get_by_role("link", name="Next").first.click()
    browser.page.get_by_role("link", name="Previous").first.wait_for()
    browser.open("/api/v1/jobs")
    browser.page.get_by_role("button", name="Filters").click()
    browser.page.locator("#id_name").fill("nothing is called this")
    browser.page.locator("#filtersModal button[type=submit]").click()
    browser.page.wait_for_url("**name=nothing*")
    assert browser.json()["results"] == []


def test_a_file_is_uploaded_by_a_form(browser: Browser) -> None:
    browser.open("/api/v1/artifacts")
    file = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}
    browser.page.locator("input[type=file]").set_input_files(file)
    browser.press("POST", "201 Created")
    artifact = browser.json()
    assert (artifact["name"], artifact["size"]) == ("note.txt", 5)
    browser.open(f"/api/v1/artifacts/{artifact['id']}")
    with browser.page.expect_download() as download:
        browser.page.evaluate("path => { location.href = path }", f"{browser.page.url}/content")
    assert Path(download.value.path()).read_bytes() == b"hello"


def test_the_documentation_shows_every_operation(browser: Browser) -> None:
    browser.open("/api/docs/")
    # The schema takes long to be made on a busy machine.
    browser.page.get_by_text("/api/v1/jobs/bulk", exact=True).wait_for(timeout=4 * PATIENCE)
    browser.page.locator(".opblock-summary-path").nth(20).wait_for()


def test_a_person_logs_out(url: str, browser: Browser) -> None:
    browser.open("/api/v1/")
    context = browser.page.context.browser.new_context(
        storage_state=browser.page.context.storage_state()
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{url}/api/v1/")
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Password").wait_for()
    page.goto(f"{url}/api/v1/jobs")
    page.get_by_text("401 Unauthorized").wait_for()
    context.close()


def test_a_stranger_is_sent_to_the_login(url: str, browser: Browser) -> None:
    context = browser.page.context.browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{url}/api/docs/")
    assert "/api/auth/login/?next=/api/docs/" in page.url
    context.close()
