"""People in a real browser, before a real web process; `people` opens windows for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.platform import Platform
from tests.support.waiting import wait_until

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 60_000
"""Milliseconds; what comes late on a busy machine still comes."""
MEANT = ("the server responded with a status of", "htmx:sendAbort", "htmx:afterRequest")
"""In what a console takes for errors: refusals, and questions given up for newer ones."""
PASSWORD = "a password for this test"
ROLES = ("viewer", "operator", "admin")
MAKE_PEOPLE = f"""
from django.contrib.auth.models import Group, User
for role in {ROLES}:
    user = User.objects.create_user(role, password={PASSWORD!r}, is_staff=role == "admin")
    user.groups.add(Group.objects.get(name=role))
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this directory needs Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"there is no {CHROMIUM}"))


@dataclass
class People:
    """Opens windows on the pages of one platform, and hears what browsers complain about."""

    platform: Platform
    url: str
    chromium: Any
    complaints: list[str] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)

    def open(
        self,
        path: str,
        role: str = "operator",
        *,
        scheme: str = "light",
        width: int = 1280,
        **more: str,
    ) -> Any:
        """A window of someone who has just logged in and come to `path`."""
        page = self.window(scheme=scheme, width=width, **more)
        self.log_in(page, path, role)
        return page

    def log_in(self, page: Any, path: str, role: str = "operator") -> None:
        """Has the stranger of a window log in and come to `path`."""
        page.goto(path)
        page.get_by_label("Name").fill(role)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "/ui/login" not in url)

    def window(self, *, scheme: str = "light", width: int = 1280, **more: str) -> Any:
        """A window of a stranger; `more` is a `locale` or a `timezone_id`."""
        context = self.chromium.new_context(
            base_url=self.url,
            color_scheme=scheme,
            reduced_motion="reduce",
            viewport={"width": width, "height": 900},
            **more,
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _note(self, message: Any) -> None:
        if message.type == "error" and not any(text in message.text for text in MEANT):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def platform(make_platform: Callable[..., AbstractContextManager[Platform]]) -> Iterator[Platform]:
    """What has a viewer, an operator and an admin; a test may start what processes it needs."""
    with make_platform() as platform:
        platform.manage("shell", "--no-imports", "-c", MAKE_PEOPLE)
        yield platform


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser without windows."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=2 * PATIENCE,
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def web(platform: Platform) -> str:
    """The web process's address."""
    return platform.web()


@pytest.fixture
def people(platform: Platform, web: str, chromium: Any) -> Iterator[People]:
    """Opens windows; in the end their consoles must be empty."""
    people = People(platform, web, chromium)
    yield people
    for context in people.contexts:
        context.close()
    assert people.complaints == []


def go(page: Any, key: str) -> None:
    """Presses g and a key, however long a busy machine takes in between."""
    page.clock.set_fixed_time(datetime.now(UTC))
    page.keyboard.press("g")
    page.keyboard.press(key)


def serious_faults(page: Any, *rules: str) -> list[str]:
    """What axe finds on a page that keeps people from using it, by all rules or by these."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    options = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else None
    answer = axe.Axe().run(page, options=options).response
    # Which of the two it is depends on whether the element has text at this moment.
    nameless = [one for one in answer["incomplete"] if one["id"] == "aria-prohibited-attr"]
    return [
        f"{fault['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for fault in [*answer["violations"], *nameless]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def wait_till(page: Any, expression: str) -> None:
    """Waits until this JavaScript is true on the page.

    Playwright's own waiting evaluates it in the page if it isn't true at once, which our content
    security policy forbids.
    """
    wait_until(lambda: page.evaluate(f"Boolean({expression})"), what=expression)


def scrolls_sideways(page: Any) -> bool:
    """Whether the page is wider than its window."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )
