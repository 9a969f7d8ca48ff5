"""Submitting jobs by forms and watching them on their pages, in a real browser."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import People, scrolls_sideways, serious_faults, wait_till
from tests.support.platform import Platform
from tests.support.waiting import wait_until

WIDTHS = (360, 1280)
UNFOLD = "for (const one of document.querySelectorAll('main details')) one.open = true"
HEAR_NEWS = """(job) => {
    window.heard = 0;
    document.addEventListener(`live:job:${job}`, () => { window.heard += 1; });
}"""


@pytest.fixture(scope="module")
def work(platform: Platform) -> Platform:
    """A platform that places and runs jobs, those in chunks too."""
    platform.dispatcher()
    platform.worker("w1", slots=2, pool="threads")
    platform.service_worker()
    return platform


@pytest.fixture
def operator(people: People) -> Iterator[Any]:
    return people.open("/ui/submit")


def choose(page: Any, job_type: str) -> None:
    """Finds a type by searching for it."""
    page.goto("/ui/submit")
    page.get_by_label("Search job types").fill(job_type)
    # The list is replaced under the pointer, else.
    page.locator(".type").filter(has_not_text=job_type).first.wait_for(state="detached")
    page.get_by_role("link", name=job_type, exact=True).click()
    page.wait_for_url(f"**/ui/submit/{job_type}")


def submit(page: Any) -> str:
    """Sends the form; the id of the job whose page comes next."""
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url("**/ui/jobs/*")
    page.evaluate("window.notReloaded = true")
    return page.url.rpartition("/")[2]


def state(page: Any, name: str) -> None:
    """Waits until the page shows the job in a state."""
    page.locator(f"#part-head .badge-{name}").wait_for()


def watch(page: Any) -> str:
    """The result that appears on the page of a job that was just submitted, without a reload."""
    state(page, "completed")
    result = page.get_by_label("Result", exact=True)
    result.wait_for()
    assert page.evaluate("window.notReloaded")
    return str(result.inner_text())


def upload(page: Any, name: str, content: bytes, media_type: str) -> None:
    """Chooses a file, which is kept at once."""
    page.get_by_label("A file for Artifact").set_input_files(
        {"name": name, "mimeType": media_type, "buffer": content}
    )
    page.locator(".artifact-about", has_text=name).get_by_text("bytes").wait_for()


def hold_checks(route: Any) -> None:
    """Leaves questions about what is written so far without an answer."""
    if "do=check" not in (route.request.post_data or ""):
        route.fallback()


def test_numbers_are_added(operator, work):
    choose(operator, "add_numbers")
    operator.get_by_role("textbox", name="A *").fill("19")
    operator.get_by_role("textbox", name="B *").fill("23")
    submit(operator)
    assert "42" in watch(operator)


def test_a_text_is_turned_around(operator, work):
    choose(operator, "reverse_string")
    operator.get_by_role("textbox", name="Text").fill("one\ntwo")
    submit(operator)
    assert "owt" in watch(operator)


def test_words_of_a_file_are_counted(operator, work):
    choose(operator, "word_count")
    upload(operator, "words.txt", b"one two three\nfour", "text/plain")
    submit(operator)
    assert "words 4" in watch(operator)
    operator.get_by_label("Files").get_by_role("link", name="words.txt").wait_for()


def test_an_array_in_a_file_is_added_up(operator, work):
    choose(operator, "large_array_sum")
    file = io.BytesIO()
    np.save(file, np.arange(1000))
    upload(operator, "numbers.npy", file.getvalue(), "application/octet-stream")
    operator.locator("summary", has_text="Place").click()
    operator.get_by_label("Thread demand").fill("2")
    submit(operator)
    assert "499500" in watch(operator)
    operator.locator(".bar-completed").nth(1).wait_for()


def test_an_array_that_was_typed_is_added_up(operator, work):
    choose(operator, "large_array_sum")
    operator.get_by_role("textbox", name="Array").fill("1 2.5\n3, 4")
    submit(operator)
    assert "10.5" in watch(operator)


def test_pi_is_estimated_in_chunks(operator, work):
    choose(operator, "monte_carlo_pi")
    operator.get_by_label("Samples").fill("200000")
    operator.locator("summary", has_text="Place").click()
    operator.get_by_label("Thread demand").fill("2")
    operator.get_by_label("Chunks").fill("3")
    submit(operator)
    assert "pi 3.1" in watch(operator)


def test_a_picture_is_resized_and_shown(operator, work):
    choose(operator, "resize_image")
    picture = io.BytesIO()
    Image.new("RGB", (64, 32), "green").save(picture, "PNG")
    upload(operator, "green.png", picture.getvalue(), "image/png")
    sizes = operator.get_by_role("group", name="Sizes")
    for width in ("16", "8"):
        sizes.get_by_role("button", name="Add").click()
        operator.locator("input[name$='/width']:focus").wait_for()
        operator.keyboard.type(width)
    submit(operator)
    watch(operator)
    pictures = operator.get_by_label("Files").locator("img")
    pictures.nth(2).wait_for()
    for number in range(3):
        pictures.nth(number).scroll_into_view_if_needed()
        drawn = f"document.querySelectorAll('.picture img')[{number}].naturalWidth > 0"
        wait_until(lambda its=drawn: operator.evaluate(its), what="the picture is drawn")


def test_mistakes_are_shown_while_typing(operator, work):
    choose(operator, "monte_carlo_pi")
    samples = operator.get_by_label("Samples")
    samples.fill("many")
    error = operator.get_by_text("Input should be a valid integer")
    error.wait_for()
    operator.keyboard.press("Tab")
    assert samples.get_attribute("aria-invalid") == "true"
    samples.fill("1000")
    error.wait_for(state="detached")
    wait_until(lambda: operator.locator("#sent").inner_text().count("1000") == 1)
    samples.fill("")
    # It moves the button, from under the pointer maybe.
    operator.get_by_text("This field is required").wait_for()
    operator.get_by_role("button", name="Submit", exact=True).click()
    operator.get_by_role("alert").get_by_text("This field is required").wait_for()
    assert operator.url.endswith("/ui/submit/monte_carlo_pi")


def test_a_mistake_that_shows_takes_no_click_from_the_button_below(operator, work):
    choose(operator, "add_numbers")
    operator.get_by_role("textbox", name="A *").fill("19")
    missing = operator.get_by_text("This field is required")
    missing.wait_for(state="attached")
    operator.route("**/ui/submit/add_numbers", hold_checks)
    operator.get_by_role("textbox", name="B *").fill("23")
    operator.get_by_role("button", name="Submit", exact=True).hover()
    operator.mouse.down()
    assert missing.is_hidden()
    operator.mouse.up()
    operator.wait_for_url("**/ui/jobs/*")


def test_of_two_files_the_one_that_was_chosen_last_is_kept(operator, work):
    choose(operator, "word_count")
    held: list[Any] = []
    operator.route("**/api/v1/artifacts", lambda route: held.append(route))
    for count, content in enumerate((b"only two", b"these are four words"), 1):
        operator.get_by_label("A file for Artifact").set_input_files(
            {"name": f"file{count}.txt", "mimeType": "text/plain", "buffer": content}
        )
        wait_until(lambda n=count: operator.title() and len(held) == n, what="the file is sent")
    about = operator.locator(".artifact-about")
    for route in reversed(held):
        route.continue_()
        about.get_by_text("file2.txt, 20 bytes").wait_for()
    submit(operator)
    assert "words 4" in watch(operator)


def test_json_and_fields_show_the_same(operator, work):
    choose(operator, "add_numbers")
    operator.get_by_role("textbox", name="B *").fill("0.5")
    operator.get_by_role("button", name="JSON").click()
    box = operator.get_by_label("The request, as the API takes it")
    box.wait_for()
    request = json.loads(box.input_value())
    assert request["payload"] == {"b": 0.5}
    request["payload"]["a"] = 1
    request["name"] = "by hand"
    box.fill(json.dumps(request))
    operator.get_by_role("button", name="Form").click()
    operator.get_by_role("textbox", name="A *").wait_for()
    assert operator.get_by_role("textbox", name="A *").input_value() == "1"
    submit(operator)
    assert "1.5" in watch(operator)
    assert operator.get_by_role("heading", name="by hand").is_visible()


def test_another_like_this_has_the_same_in_its_form(operator, work):
    job_id = work.client.submit_one("reverse_string", {"text": "a\nb"}, priority=8)
    operator.goto(f"/ui/jobs/{job_id}")
    operator.get_by_role("link", name="Another like this").click()
    assert operator.get_by_role("textbox", name="Text").input_value() == "a\nb"
    assert submit(operator) != job_id
    assert "b" in watch(operator)


def test_a_job_is_submitted_by_keyboard_alone(operator, work):
    operator.goto("/ui/submit")
    operator.keyboard.press("/")
    with operator.expect_response("**/ui/submit?q=add_numbers"):
        operator.keyboard.type("add_numbers")
    operator.locator(".type").nth(1).wait_for(state="detached")
    operator.keyboard.press("Escape")
    assert operator.get_by_label("Search job types").input_value() == "add_numbers"
    operator.keyboard.press("j")
    operator.keyboard.press("Enter")
    operator.wait_for_url("**/ui/submit/add_numbers")
    for name, text in (("payload/a", "2"), ("payload/b", "3")):
        while operator.evaluate("document.activeElement.name") != name:
            operator.keyboard.press("Tab")
        operator.keyboard.type(text)
    operator.keyboard.press("Enter")
    operator.wait_for_url("**/ui/jobs/*")
    operator.evaluate("window.notReloaded = true")
    assert "5" in watch(operator)


def test_a_row_stays_chosen_when_its_list_comes_anew(operator, work):
    operator.goto("/ui/submit")
    held: list[Any] = []
    operator.route("**/ui/submit?q=add_numbers", lambda route: held.append(route))
    operator.keyboard.press("/")
    operator.keyboard.type("add_numbers")
    wait_until(lambda: operator.evaluate("1") and held, what="the list is asked for")
    operator.keyboard.press("Escape")
    chosen = operator.locator("[data-row].is-current")
    while not chosen.count() or "add_numbers" not in chosen.inner_text():
        operator.keyboard.press("j")
    held[0].continue_()
    operator.locator(".type").nth(1).wait_for(state="detached")
    operator.keyboard.press("Enter")
    operator.wait_for_url("**/ui/submit/add_numbers")


def test_a_log_is_followed_searched_and_kept(operator, work, tmp_path):
    started, gate = tmp_path / "started", tmp_path / "gate"
    payload = {"word": "<b>tick</b>", "started": str(started), "gate": str(gate)}
    job_id = work.client.submit_one("speak", payload)
    operator.goto(f"/ui/jobs/{job_id}")
    lines = operator.locator(".log-lines li")
    lines.get_by_text("<b>tick</b> by the logger").wait_for()
    assert not gate.exists()
    operator.get_by_label("Search the log").fill("complained")
    lines.nth(1).wait_for(state="detached")
    assert operator.locator(".log-lines mark").inner_text() == "complained"
    operator.get_by_label("Search the log").fill("")
    operator.get_by_label("Least level").select_option("errors")
    lines.nth(1).wait_for(state="detached")
    operator.get_by_label("Least level").select_option("all levels")
    gate.touch()
    state(operator, "completed")
    lines.get_by_text("<b>tick</b> unfinished").wait_for()
    with operator.expect_download() as download:
        operator.get_by_role("link", name="Download").click()
    assert "<b>tick</b> by a thread" in Path(download.value.path()).read_text()


def test_the_page_changes_under_ones_hands_without_losing_the_place(operator, work, tmp_path):
    started, gate = tmp_path / "started", tmp_path / "gate"
    job_id = work.client.submit_one("make_progress", {"started": str(started), "gate": str(gate)})
    # So small that the page can be scrolled, however much it says so far.
    operator.set_viewport_size({"width": 1280, "height": 400})
    operator.goto(f"/ui/jobs/{job_id}")
    operator.get_by_text("half way").wait_for()
    operator.locator("#as-table summary").click()
    operator.locator("#curl summary").focus()
    operator.evaluate("window.scrollTo(0, 120); window.notReloaded = true")
    gate.touch()
    state(operator, "completed")
    operator.get_by_label("Result", exact=True).wait_for()
    assert operator.evaluate("document.activeElement.parentElement.id") == "curl"
    assert operator.locator("#as-table").get_attribute("open") is not None
    assert operator.evaluate("window.notReloaded && window.scrollY > 0")


def test_a_job_is_steered_on_its_page(operator, work, tmp_path):
    waiting = work.client.submit_one("add_numbers", {"a": 1, "b": 2}, requires={"gpu": "true"})
    operator.goto(f"/ui/jobs/{waiting}")
    operator.get_by_text("No executor that runs add_numbers has gpu=true.").first.wait_for()
    operator.get_by_label("Priority").select_option("9")
    operator.get_by_role("button", name="Set", exact=True).click()
    operator.get_by_text("The priority was changed.").wait_for()
    operator.get_by_label("Events").get_by_text("from 5 to 9").wait_for()
    operator.get_by_role("button", name="Cancel").click()
    state(operator, "cancelled")
    operator.get_by_role("button", name="Retry").click()
    operator.wait_for_url(lambda url: "/ui/jobs/" in url and waiting not in url)
    operator.get_by_text("Submitted again").wait_for()
    work.client.cancel(operator.url.rpartition("/")[2])
    state(operator, "cancelled")


def test_news_that_come_while_a_page_asks_are_asked_for_once_more(operator, work):
    job_id = work.client.submit_one("add_numbers", {"a": 1, "b": 2}, requires={"gpu": "true"})
    held: list[Any] = []
    operator.clock.install()
    operator.route("**/parts*", lambda route: held.append((route, route.fetch())))
    operator.goto(f"/ui/jobs/{job_id}")
    operator.evaluate(HEAR_NEWS, job_id)

    def asked(count: int) -> bool:
        operator.clock.run_for(1)
        return len(held) == count

    wait_until(lambda: asked(1), what="the page asks")
    heard = operator.evaluate("window.heard")
    work.client.cancel(job_id)
    wait_till(operator, f"window.heard > {heard}")
    operator.clock.run_for(5000)
    assert len(held) == 1
    route, answer = held[0]
    route.fulfill(response=answer)
    wait_until(lambda: asked(2), what="the page asks once more")
    route, answer = held[1]
    route.fulfill(response=answer)
    state(operator, "cancelled")


def test_a_refusal_stands_where_the_button_was(operator, work):
    job_id = work.client.submit_one("add_numbers", {"a": 1, "b": 2}, requires={"gpu": "true"})
    # Its live stream has not told the page yet, or is away.
    operator.route("**/parts*", lambda route: route.fulfill(status=204))
    operator.goto(f"/ui/jobs/{job_id}")
    operator.get_by_role("button", name="Cancel").wait_for()
    work.client.cancel(job_id)
    operator.get_by_role("button", name="Cancel").click()
    operator.locator("#steer-error").get_by_text("cancelled already").wait_for()
    operator.unroute("**/parts*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_one_is_kept_out(people, work, scheme):
    done = work.client.submit_one("large_array_sum", {"array": [0.5] * 50})
    failed = work.client.submit_one("raise_error", {"message": "<b>no</b>"}, max_attempts=1)
    waiting = work.client.submit_one("noop", {}, requires={"gpu": "true"})
    spoken = work.client.submit_one("speak", {"word": "hello"})
    work.wait_final(done, failed, spoken)
    page = people.open("/ui/submit", scheme=scheme)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        jobs = [f"/ui/jobs/{job_id}" for job_id in (done, failed, waiting, spoken)]
        for path in ("/ui/submit", "/ui/submit/resize_image", "/ui/submit/monte_carlo_pi", *jobs):
            page.goto(path)
            page.evaluate(UNFOLD)
            assert not scrolls_sideways(page), (path, width)
            assert serious_faults(page) == [], (path, width)
    work.client.cancel(waiting)


def test_a_viewer_sees_and_does_not_act(people, work):
    job_id = work.client.submit_one("add_numbers", {"a": 1, "b": 2})
    page = people.open(f"/ui/jobs/{job_id}", "viewer")
    state(page, "completed")
    assert page.get_by_role("button", name="Retry").count() == 0
    page.goto("/ui/submit/add_numbers")
    assert page.get_by_role("button", name="Submit", exact=True).count() == 0
