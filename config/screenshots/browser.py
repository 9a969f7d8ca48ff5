"""A Chromium that photographs pages as somebody who is logged in sees them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from config.screenshots.pages import Page
from jobs.errors import CeleriacError

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Window

SCHEMES = ("light", "dark")
WIDTH, HEIGHT = 1280, 860
SETTLE_MS = 1500
"""For what comes by the live stream, and for charts to be drawn."""
NAMES = ("chromium", "chromium-browser", "google-chrome")


class NoBrowser(CeleriacError):
    """Screenshots need {missing}: {how}."""

    code = "no_browser"


class PageRefused(CeleriacError):
    """The page {path} answered {status}."""

    code = "page_refused"


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium; raises `NoBrowser`."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        how = "run .venv/bin/pip install --require-hashes -r requirements-dev.txt"
        raise NoBrowser(missing="Playwright", how=how) from None
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise NoBrowser(missing="a Chromium", how="install Debian's package chromium")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def photograph(
    chromium: Browser, url: str, login: Mapping[str, str], scheme: Any, pages: list[Page]
) -> Iterator[tuple[str, bytes]]:
    """Names and PNGs of the pages in a colour scheme, the page on which one logs in first."""
    context = chromium.new_context(
        base_url=url,
        color_scheme=scheme,
        viewport={"width": WIDTH, "height": HEIGHT},
        locale="en-GB",
        reduced_motion="reduce",
    )
    window = context.new_page()
    window.goto("/ui/login")
    yield f"login-{scheme}", window.screenshot()
    window.fill("input[name=username]", login["username"])
    window.fill("input[name=password]", login["password"])
    window.press("input[name=password]", "Enter")
    window.wait_for_url(lambda address: "/login" not in address)
    for page in pages:
        yield f"{page.name}-{scheme}", _shoot(window, page)
    context.close()


def _shoot(window: Window, page: Page) -> bytes:
    answer = window.goto(page.path)
    if answer is None or not answer.ok:
        raise PageRefused(path=page.path, status=answer.status if answer else "nothing")
    page.prepare(window)
    window.wait_for_timeout(SETTLE_MS)
    window.evaluate("scrollTo(0, 0)")
    return window.screenshot()
