"""The live pages in a real browser: they go on by themselves, whatever happens to the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import People, serious_faults, wait_till
from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.waiting import wait_until


def mark(page: Any, state: str) -> None:
    """Waits until the header says how the page is told of changes."""
    page.locator(f"#live[data-state={state}]").wait_for()


OPEN, CLOSED = 1, 2
"""What the browser calls the states of a stream."""
STATES = "window.streams.map((stream) => stream.readyState)"
SUM = """
[...document.querySelectorAll("#chart-values td")]
    .reduce((sum, cell) => sum + Number(cell.textContent), 0)
"""
HEAR_QUEUED = """
window.queued = [];
document.addEventListener("live:overview", ({ detail }) => {
    window.queued.push(detail.data["count.queued"]);
});
"""
HEAR_STREAMS = """
window.streams = [];
window.news = [];
window.EventSource = class extends EventSource {
  constructor(url) {
    super(url);
    window.streams.push(this);
    this.addEventListener("change", ({ data }) => window.news.push(data));
    this.addEventListener("snapshot", ({ data }) => window.news.push(data));
  }
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
    """A live page whose streams `window.streams` lists, and `window.news` what they told."""
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
    page.locator("#chart-table summary").press("Enter")
    # They may have ended in two spans of the chart.
    wait_till(page, f"{SUM} === 7")
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
    page.wait_for_url("**range=5m**")
    page.locator("#plot canvas").wait_for()
    assert page.evaluate("window.unchanged")
    page.reload()
    page.locator("#chart[data-chart='5m:queue:none']").wait_for()


def test_of_two_charts_the_one_that_was_asked_for_last_is_shown(people: People) -> None:
    page, held = people.open("/ui/", "viewer"), list[Any]()
    page.route("**/ui/?range=*", lambda route: held.append(route))
    for number, link in enumerate(["measure-queue", "range-5m"], 1):
        page.locator(f"#chart-{link}").press("Enter")
        wait_until(lambda n=number: page.title() and len(held) == n, what="the chart is asked for")
    for route in held:
        route.continue_()
    page.locator("#chart[data-chart='5m:finished:status']").wait_for()


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
    # One that a busy server ended early would be another that is closed.
    assert set(page.evaluate(STATES)) == {CLOSED}
    hide(page, hidden=False)
    wait_until(lambda: page.evaluate(STATES)[-1] == OPEN, what="there is a stream again")
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


def test_an_answer_that_is_late_changes_nothing_that_a_stream_told(
    people: People, platform: Platform
) -> None:
    page, held = people.window(), list[Any]()
    page.route("**/ui/live?*", lambda route: route.fulfill(status=503, body="no"))
    page.route("**/ui/live/poll?*", lambda route: held.append(route))
    people.log_in(page, "/ui/", "viewer")
    wait_until(lambda: page.title() and held, what="the page polls")
    late = held[0].fetch()
    page.unroute("**/ui/live?*")
    mark(page, "live")
    queued = page.locator("[data-bind='count.queued']")
    first = platform.client.submit("noop", {}, requires={"nowhere": "true"})
    queued.get_by_text("1", exact=True).wait_for()
    page.evaluate(HEAR_QUEUED)
    held[0].fulfill(response=late)
    second = platform.client.submit("noop", {}, requires={"nowhere": "true"})
    queued.get_by_text("2", exact=True).wait_for()
    assert 0 not in page.evaluate("window.queued")
    platform.client.cancel(*first, *second)
    page.unroute_all()


def test_a_click_is_not_lost_where_news_come_while_the_pointer_is_down(
    people: People, platform: Platform, tmp_path: Path
) -> None:
    page, gate = open_heard(people), Gate(tmp_path, "gate")
    page.locator(".figure-slots .figure-value").hover()
    page.mouse.down()
    job = platform.client.submit_one("latch", gate.payload())
    wait_till(page, """window.news.some((one) => one.includes('"count.running":1'))""")
    # Nor is what would move it from under the pointer.
    assert page.locator("[data-bind='count.running']").inner_text() == "0"
    page.mouse.up()
    page.wait_for_url("**/ui/executors")
    gate.open()
    platform.wait_final(job)


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
