"""The live pages in a real browser: they go on by themselves, whatever happens to the server."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import People, serious_faults
from tests.support.platform import Platform
from tests.support.waiting import wait_until


def mark(page: Any, state: str) -> None:
    """Waits until the header says how the page is told of changes."""
    page.locator(f"#live[data-state={state}]").wait_for()


OPEN, CLOSED = 1, 2
"""What the browser calls the states of a stream."""
HEAR_STREAMS = """
window.streams = [];
window.EventSource = class extends EventSource {
  constructor(url) { super(url); window.streams.push(this); }
};
"""


def hide(page: Any, *, hidden: bool) -> None:
    """As if another tab came to the front, or this one again: Chromium without a screen has one."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def open_heard(people: People) -> Any:
    """A live page whose streams `window.streams` lists."""
    page = people.window()
    page.add_init_script(HEAR_STREAMS)
    people.log_in(page, "/ui/", "viewer")
    mark(page, "live")
    return page


@pytest.fixture(autouse=True)
def at_work(platform: Platform) -> None:
    platform.dispatcher()
    platform.worker()


def test_a_job_that_finishes_changes_the_page(people: People, platform: Platform) -> None:
    page = people.open("/ui/?range=5m&measure=finished&split=status", "viewer")
    mark(page, "live")
    page.evaluate("window.unchanged = true")
    platform.wait_final(*platform.client.submit("noop", *[{}] * 7))
    page.locator("#legend button[data-series=completed] strong", has_text="7").wait_for()
    page.locator("[data-bind='hour.completed']", has_text="7").wait_for()
    page.locator("#chart-table summary").click()
    page.locator("#chart-values td", has_text="7").first.wait_for()
    assert page.evaluate("window.unchanged")
    assert page.locator("#plot canvas").count() == 1


def test_the_chart_is_switched_without_a_reload(people: People) -> None:
    page = people.open("/ui/", "viewer")
    mark(page, "live")
    page.evaluate("window.unchanged = true")
    for link, chart in [
        ("measure-queue", "1h:queue:status"),
        ("split-none", "1h:queue:none"),
        ("range-5m", "5m:queue:none"),
    ]:
        page.locator(f"#chart-{link}").press("Enter")
        page.locator(f"#chart[data-chart='{chart}']").wait_for()
        assert page.evaluate("document.activeElement.id") == f"chart-{link}"
    assert "range=5m" in page.url
    page.locator("#plot canvas").wait_for()
    assert page.evaluate("window.unchanged")
    page.reload()
    page.locator("#chart[data-chart='5m:queue:none']").wait_for()


def test_the_page_goes_on_after_a_restart_of_the_server(
    people: People, platform: Platform, web: str
) -> None:
    page = people.open("/ui/", "viewer")
    mark(page, "live")
    page.evaluate("window.unchanged = true")
    platform.processes["web"].terminate()
    mark(page, "reconnecting")
    platform.processes["web"].wait()
    platform.web(urlsplit(web).port)
    mark(page, "live")
    queue = platform.client.submit("noop", {}, requires={"nowhere": "true"})
    page.locator("[data-bind='count.queued']", has_text="1").wait_for()
    platform.client.cancel(*queue)
    page.locator("[data-bind='count.queued']", has_text="0").wait_for()
    assert page.evaluate("window.unchanged")
    people.complaints[:] = [text for text in people.complaints if "net::ERR_" not in text]


def test_a_hidden_tab_has_no_stream(people: People) -> None:
    page = open_heard(people)
    hide(page, hidden=True)
    assert page.evaluate("window.streams.map((s) => s.readyState)") == [CLOSED]
    hide(page, hidden=False)
    states = [CLOSED, OPEN]
    wait_until(lambda: page.evaluate("window.streams.map((s) => s.readyState)") == states)
    mark(page, "live")


def test_a_page_whose_stream_is_refused_polls(people: People, platform: Platform) -> None:
    page = people.window()
    page.route("**/ui/live?*", lambda route: route.fulfill(status=503, body="no"))
    people.log_in(page, "/ui/", "viewer")
    mark(page, "polling")
    queue = platform.client.submit("noop", {}, requires={"nowhere": "true"})
    page.locator("[data-bind='count.queued']", has_text="1").wait_for()
    page.unroute("**/ui/live?*")
    mark(page, "live")
    platform.client.cancel(*queue)
    page.locator("[data-bind='count.queued']", has_text="0").wait_for()


def test_whoever_was_logged_out_is_told(people: People) -> None:
    page = people.open("/ui/", "viewer")
    mark(page, "live")
    page.context.clear_cookies()
    hide(page, hidden=True)
    hide(page, hidden=False)
    mark(page, "ended")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_it_can_be_used_by_all(people: People, scheme: str, width: int) -> None:
    page = people.open("/ui/", "operator", scheme=scheme, width=width)
    mark(page, "live")
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
