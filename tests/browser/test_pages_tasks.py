"""Tasks, executors and the timeline in a real browser, with real processes behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import People, go, scrolls_sideways, serious_faults, wait_till
from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.waiting import wait_until

ONE = re.compile(r"/ui/tasks/[0-9a-f-]{36}$")
PAGES = ["/ui/tasks", "/ui/tasks/new", "/ui/tasks/heatmap", "/ui/executors", "/ui/timeline"]

HEAR_BACKFILLS = """
document.addEventListener("live", ({ detail }) => {
    const key = Object.keys(detail.set).find((one) => one.endsWith(".backfills"));
    if (key) window.backfills = detail.set[key];
});
"""


@pytest.fixture(scope="module")
def busy(platform: Platform) -> Iterator[Platform]:
    """A platform that fires ticks and runs jobs."""
    platform.dispatcher()
    platform.beat()
    platform.worker("w1")
    yield platform
    platform.retire("w1")


def make_task(window: Any, name: str, schedule: str) -> str:
    """Fills in the form of a task and sends it; the path of the task's page."""
    window.goto("/ui/tasks/new")
    window.get_by_label("Name", exact=True).fill(name)
    window.get_by_label("Schedule").fill(schedule)
    window.get_by_label("Job type").select_option("add_numbers")
    window.get_by_label("Payload, as JSON").fill('{"a": 19, "b": 23}')
    window.get_by_role("button", name="Make the task").click()
    window.wait_for_url(ONE)
    return urlsplit(window.url).path


def fill_in_backfill(window: Any, name: str) -> None:
    """Makes a task that does not fire within the test, and fills in a backfill of five ticks."""
    make_task(window, name, "0 0 1 1 *")
    window.get_by_label("From", exact=True).fill("2020-01-01T00:00:00")
    window.get_by_label("To, without").fill("2025-01-01T00:00:00")


def test_a_task_is_made_with_a_preview_and_seen_to_fire(busy: Platform, people: People):
    window = people.open("/ui/tasks/new")
    preview = window.get_by_role("status", name="Next ticks")
    window.get_by_label("Schedule").press_sequentially("61 * * * * *")
    preview.locator(".error").wait_for()
    window.get_by_label("Schedule").fill("* * * * * *")
    preview.locator("li").nth(5).wait_for()
    window.get_by_label("Job type").select_option("add_numbers")
    payload = window.get_by_label("Payload, as JSON")
    payload.fill('{"a": "x", "b": 23}')
    window.get_by_text("payload.a:").wait_for()
    payload.fill('{"a": 19, "b": 23}')
    window.get_by_text("It fits add_numbers.").wait_for()
    # A name is missing: the form comes back with all that was written, and says so at the field.
    window.get_by_role("button", name="Make the task").click()
    name = window.locator("#id_name[aria-invalid=true]")
    name.fill("every second")
    window.get_by_role("button", name="Make the task").click()

    window.wait_for_url(ONE)
    loaded = window.evaluate("performance.timeOrigin")
    # It fires, its jobs end, and the page shows them without being loaded again.
    window.locator("#history .badge-completed").first.wait_for()
    window.locator("#history .durations").wait_for()
    assert window.evaluate("performance.timeOrigin") == loaded
    window.goto("/ui/tasks")
    row = window.locator("tr", has_text="every second")
    row.locator(".dot-completed").nth(3).wait_for()
    row.get_by_role("button", name="Run every second now").click()
    row.get_by_role("link", name=re.compile("…")).wait_for()
    row.get_by_role("button", name="Pause every second").click()
    row.get_by_text("paused").wait_for()
    row.get_by_role("button", name="Resume every second").click()
    row.get_by_text("enabled").wait_for()
    window.goto("/ui/tasks?name=every")
    window.get_by_role("link", name="every second").click()
    window.get_by_role("link", name="Delete").click()
    window.get_by_role("button", name="Delete it").click()
    window.get_by_text("every second is removed").wait_for()


def test_a_backfill_is_tried_and_its_progress_watched(busy: Platform, people: People):
    window = people.open("/ui/tasks/new")
    fill_in_backfill(window, "yearly")
    window.get_by_role("button", name="Try it").click()
    window.get_by_text("5 ticks in this span").wait_for()
    window.get_by_role("button", name="Make 5 jobs").click()
    window.locator(".backfill .badge-completed").wait_for()
    assert window.locator(".backfill progress").get_attribute("value") == "5"


def test_a_late_answer_to_a_backfill_is_not_the_last_word(busy: Platform, people: People):
    window, held = people.open("/ui/tasks/new"), list[Any]()
    fill_in_backfill(window, "yearly too")

    def hold(route: Any) -> None:
        if route.request.method == "POST":
            held.append((route, route.fetch()))
        else:
            route.continue_()

    window.route("**/backfill", hold)
    window.evaluate(HEAR_BACKFILLS)
    window.evaluate("document.getElementById('backfill').isOld = true")
    window.get_by_role("button", name="Start without trying").click()
    window.locator(".backfill .badge-completed").wait_for()
    wait_till(window, "window.backfills?.[1] === 1")
    [(route, answer)] = held
    route.fulfill(response=answer)
    wait_till(window, "!document.getElementById('backfill').isOld")
    window.locator(".backfill .badge-completed").wait_for()


def test_somebody_elses_pause_is_seen_at_once(busy: Platform, people: People):
    window = people.open("/ui/tasks/new")
    make_task(window, "watched", "0 0 * * *")
    window.get_by_role("button", name="Pause watched").wait_for()
    watcher = people.open("/ui/tasks", "viewer")
    row = watcher.locator("tr", has_text="watched")
    assert row.get_by_role("button").count() == 0
    window.get_by_role("button", name="Pause watched").click()
    row.get_by_text("paused").wait_for()


def test_an_answer_that_is_late_does_not_bring_back_a_button(busy: Platform, people: People):
    window, held = people.open("/ui/tasks/new"), list[Any]()
    make_task(window, "run late", "0 0 1 1 *")
    other = people.open(urlsplit(window.url).path)
    window.goto("/ui/tasks?name=run+late")
    window.route("**/trigger", lambda route: held.append((route, route.fetch())))
    row = window.locator("tr", has_text="run late")
    row.get_by_role("button", name="Run run late now").click()
    wait_until(lambda: window.title() and held, what="the answer is held")
    other.get_by_role("button", name="Pause run late").click()
    row.get_by_text("paused").wait_for()
    [(route, answer)] = held
    route.fulfill(response=answer)
    row.get_by_role("link", name=re.compile("…")).wait_for()
    row.get_by_role("button", name="Resume run late").wait_for()
    assert row.get_by_role("button", name="Pause run late").is_hidden()


def test_an_executor_is_drained_and_resumed_while_it_is_watched(busy: Platform, people: People):
    window = people.open("/ui/executors")
    watcher = people.open("/ui/executors", "viewer")
    card = window.locator("article", has_text="w1")
    card.get_by_role("button", name="Drain w1").click()
    card.get_by_text("by operator").wait_for()
    watcher.locator("article .badge-draining").wait_for()
    job = busy.client.submit_one("add_numbers", {"a": 1, "b": 2})
    card.get_by_role("button", name="Resume w1").click()
    watcher.locator("article .badge-online").wait_for()
    busy.wait_final(job)
    card.get_by_role("link", name="w1").click()
    lately = window.get_by_role("region", name="What it ran lately", exact=True)
    lately.locator(".badge-completed").first.wait_for()


def test_what_runs_is_in_its_slot_and_on_the_timeline(
    busy: Platform, people: People, tmp_path: Path
):
    window = people.open("/ui/executors")
    gate = Gate(tmp_path, "gate")
    job = busy.client.submit_one("latch", gate.payload())
    link = window.locator(f".slot a[href='/ui/jobs/{job}']")
    link.wait_for()
    link.click()
    window.wait_for_url(f"**/ui/jobs/{job}")
    gate.open()
    busy.wait_final(job)
    window.goto("/ui/timeline")
    drawing = window.get_by_label(re.compile("What ran in the slots"))
    window.locator("#timeline-legend", has_text="latch").wait_for()
    drawing.focus()
    drawing.press("ArrowUp")
    said = window.locator("#timeline-said")
    wait_till(window, "document.getElementById('timeline-said').textContent.includes('w1')")
    first = said.text_content()
    drawing.press("+")
    assert window.get_by_role("button", name="Follow").get_attribute("aria-pressed") == "true"
    drawing.press("ArrowLeft")
    assert window.get_by_role("button", name="Follow").get_attribute("aria-pressed") == "false"
    # Long before the platform was there nothing ran, and what was chosen is out of sight.
    for _ in range(20):
        drawing.press("ArrowLeft")
    window.locator("#timeline-list [data-none]").wait_for()
    drawing.press("0")
    window.locator("#timeline-list tbody tr", has_text="latch").wait_for()
    drawing.press("ArrowUp")
    assert said.text_content() == first
    drawing.press("Enter")
    window.wait_for_url(f"**/ui/jobs/{job}")


def test_a_timeline_that_moves_while_it_is_asked_for_is_asked_for_again(
    busy: Platform, people: People
):
    window = people.open("/ui/executors")
    job = busy.client.submit_one("add_numbers", {"a": 1, "b": 2})
    busy.wait_final(job)
    held: list[Any] = []
    window.clock.install()
    window.route("**/timeline/data*", lambda route: held.append(route), times=1)
    window.goto("/ui/timeline")
    drawing = window.get_by_label(re.compile("What ran in the slots"))
    for _ in range(20):
        drawing.press("ArrowLeft")
    window.clock.run_for(1000)
    wait_until(lambda: window.title() and held, what="the first question is held")
    (first,) = held
    first.continue_()
    window.locator("#timeline-list [data-none]").wait_for()


def test_rows_are_reached_by_keys_alone(busy: Platform, people: People):
    window = people.open("/ui/tasks/new")
    for name in ("keys a", "keys b"):
        make_task(window, name, "0 0 * * *")
    window.goto("/ui/tasks?name=keys")
    window.keyboard.press("/")
    assert window.evaluate("document.activeElement.name") == "name"
    window.keyboard.press("Escape")
    window.keyboard.press("j")
    window.keyboard.press("j")
    window.keyboard.press("Enter")
    window.wait_for_url(ONE)
    window.get_by_role("heading", name="keys b").wait_for()
    go(window, "e")
    window.wait_for_url("**/ui/executors")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_have_no_serious_fault(busy: Platform, people: People, scheme: str):
    window = people.open("/ui/tasks/new", scheme=scheme)
    one = make_task(window, f"looked at in {scheme}", "*/5 * * * *")
    executor = busy.executor("w1")["id"]
    for path in [*PAGES, one, f"{one}/edit", f"{one}/delete", f"/ui/executors/{executor}"]:
        window.goto(path)
        assert serious_faults(window) == [], path


def test_pages_are_whole_on_a_narrow_screen(busy: Platform, people: People):
    window = people.open("/ui/tasks/new", width=360)
    one = make_task(window, "narrow", "*/5 * * * *")
    executor = busy.executor("w1")["id"]
    for path in [*PAGES, one, f"/ui/executors/{executor}"]:
        window.goto(path)
        assert not scrolls_sideways(window), path
