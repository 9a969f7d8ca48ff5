"""The list of jobs as people use it: filters, the keyboard, many jobs at once, news."""

from __future__ import annotations

import re
from typing import Any

import pytest

from jobs.ids import uuid7
from tests.browser.conftest import People, go, scrolls_sideways, serious_faults
from tests.support.database import Database
from tests.support.platform import Platform

INSERT = """
    INSERT INTO jobs_job (id, type, name, status, priority, thread_demand, placement_class, payload,
                          attempt, max_attempts, isolated, submitted_by, error, started_at,
                          completed_at, execution_id, executor)
    VALUES (%(id)s, 'add_numbers', %(name)s, %(status)s, %(priority)s, 1, 'add_numbers',
            '{"a": 1, "b": 2}', 1, 3, false, 'ada', %(error)s,
            CASE WHEN %(status)s IN ('running', 'completed', 'failed') THEN now() END,
            CASE WHEN %(status)s IN ('completed', 'failed', 'cancelled') THEN now() END,
            CASE WHEN %(status)s = 'running' THEN gen_random_uuid() END,
            CASE WHEN %(status)s = 'running' THEN 'w1' END)
"""
EVIL = "<img src=x onerror=alert(1)>"


def add(database: Database, name: str, status: str = "queued", priority: int = 5) -> str:
    error = '{"code": "failed", "message": "It went wrong."}' if status == "failed" else None
    values = {"id": uuid7(), "name": name, "status": status, "priority": priority, "error": error}
    database.query(INSERT, values)
    return values["id"]


@pytest.fixture
def database(platform: Platform) -> Database:
    platform.database.query("TRUNCATE jobs_job, jobs_jobevent CASCADE")
    return platform.database


def shown(page: Any) -> list[str]:
    return page.locator(".job-name").all_inner_texts()


def row(page: Any, name: str) -> Any:
    return page.locator("tr", has=page.get_by_role("link", name=name, exact=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_keeps_nobody_out(people: People, database: Database, scheme: str) -> None:
    for status in ("waiting", "scheduled", "queued", "running", "completed", "failed", "cancelled"):
        add(database, status, status)
    page = people.open("/ui/jobs", scheme=scheme)
    assert serious_faults(page) == []
    page.locator(".more-filters summary").click()
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_label("all jobs there are").check()
    page.get_by_role("button", name="Retry…").click()
    page.get_by_text("Retry 3 jobs?").wait_for()
    assert serious_faults(page) == []
    page.goto("/ui/jobs?status=nonsense")
    assert serious_faults(page) == []


def test_filters_are_chosen_in_a_form_and_taken_away_as_chips(
    people: People, database: Database
) -> None:
    add(database, "good", "completed")
    add(database, "bad", "failed", priority=9)
    add(database, "worse", "failed", priority=1)
    page = people.open("/ui/jobs", "viewer")
    page.locator(".more-filters summary").click()
    page.locator(".filter-states").get_by_label("failed").check()
    page.get_by_label("Priority").select_option("9")
    page.locator("[name=payload_field]").fill("a")
    page.locator("[name=payload_value]").fill("1")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**/ui/jobs?status=failed&priority=9&payload.a=1")
    assert shown(page) == ["bad"]
    page.get_by_label("Remove the filter priority 9").click()
    page.wait_for_url("**/ui/jobs?status=failed&payload.a=1")
    assert shown(page) == ["worse", "bad"]
    page.get_by_label("Search by name, id or unique key").fill("WORSE")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=WORSE**")
    assert shown(page) == ["worse"]
    page.get_by_role("link", name="Clear", exact=True).click()
    page.wait_for_url("**/ui/jobs")
    assert shown(page) == ["worse", "bad", "good"]


def test_a_view_is_kept_by_name(people: People, database: Database) -> None:
    add(database, "bad", "failed")
    page = people.open("/ui/jobs?status=failed&priority=5", "viewer")
    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name", exact=True).fill("My failures")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="My failures").wait_for()
    page.goto("/ui/jobs")
    page.get_by_role("link", name="My failures").click()
    page.wait_for_url(re.compile(r"status=failed&priority=5"))
    assert page.get_by_role("link", name="My failures").get_attribute("aria-current") == "page"
    page.get_by_role("button", name="Forget the view My failures").click()
    page.get_by_role("link", name="My failures").wait_for(state="detached")


def test_all_that_match_are_retried(people: People, database: Database) -> None:
    for number in range(130):
        add(database, f"bad {number}", "failed")
    add(database, "good", "completed")
    page = people.open("/ui/jobs?status=failed")
    page.get_by_label("everything that matches").check()
    page.get_by_role("button", name="Retry…").click()
    page.get_by_role("button", name="Retry 130 jobs").click()
    page.get_by_text("130 submitted again.").wait_for()
    copies = (
        "SELECT count(*) FROM jobs_job WHERE retry_of IS NOT NULL AND submitted_by = 'operator'"
    )
    assert database.one(copies) == 130
    actors = "SELECT array_agg(DISTINCT actor) FROM jobs_jobevent WHERE kind = 'retried'"
    assert database.one(actors) == ["operator"]


def test_chosen_jobs_are_cancelled_and_the_rows_follow(people: People, database: Database) -> None:
    add(database, "first")
    add(database, "second")
    add(database, "third")
    page = people.open("/ui/jobs")
    page.get_by_label("Choose first").check()
    page.get_by_label("Choose third").check()
    page.get_by_text("2 chosen").wait_for()
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("button", name="Cancel 2 jobs").click()
    page.get_by_text("2 cancelled.").wait_for()
    row(page, "first").get_by_text("cancelled").wait_for()
    row(page, "third").get_by_text("cancelled").wait_for()
    row(page, "second").get_by_text("queued").wait_for()


def test_an_action_that_makes_no_sense_is_refused_where_it_was_made(
    people: People, database: Database
) -> None:
    add(database, "first")
    page = people.open("/ui/jobs")
    page.get_by_role("button", name="Cancel…").click()
    assert "Choose jobs first" in page.locator("#bulk").get_by_role("alert").inner_text()


def test_an_action_whose_page_was_closed_can_go_on(people: People, database: Database) -> None:
    for number in range(250):
        add(database, f"bad {number}", "failed")
    page = people.open("/ui/jobs?status=failed")
    held: list[Any] = []

    def let_one_through(route: Any) -> None:
        held.append(route)
        if len(held) == 1:
            route.continue_()

    page.route("**/ui/jobs/bulk/run", let_one_through)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("everything that matches").check()
    page.get_by_role("button", name="Retry…").click()
    page.get_by_role("button", name="Retry 250 jobs").click()
    page.get_by_text("100 submitted again, of 250").wait_for()
    page.goto("/ui/jobs")
    page.get_by_text("Stopped. What is done stays done.").wait_for()
    page.unroute_all()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("250 submitted again.").wait_for()
    assert database.one("SELECT count(*) FROM jobs_job WHERE retry_of IS NOT NULL") == 250


def test_news_are_counted_and_shown_on_demand(people: People, database: Database) -> None:
    add(database, "old")
    page = people.open("/ui/jobs", "viewer")
    page.locator("#live[data-state=live]").wait_for()
    add(database, "new one")
    add(database, "new two")
    page.get_by_role("link", name="2 newer jobs").click()
    page.get_by_role("link", name="new two").wait_for()
    page.wait_for_load_state()
    assert shown(page) == ["new two", "new one", "old"]


def test_a_row_changes_without_a_reload(people: People, database: Database) -> None:
    job = add(database, "the job")
    page = people.open("/ui/jobs", "viewer")
    page.locator("#live[data-state=live]").wait_for()
    page.evaluate("document.querySelector('[data-row]').dataset.same = 'yes'")
    database.query(
        "UPDATE jobs_job SET status = 'failed', completed_at = now() + interval '3 s', "
        """started_at = now(), error = '{"code": "timeout", "message": "late"}' WHERE id = %s""",
        [job],
    )
    mine = row(page, "the job")
    mine.get_by_text("failed").wait_for()
    mine.get_by_text("timeout").wait_for()
    mine.locator("[data-cell=ran]", has_text="3 s").wait_for()
    assert mine.get_attribute("data-same") == "yes"


def test_it_is_used_by_keyboard_alone(people: People, database: Database) -> None:
    for name in ("third", "second", "first"):
        add(database, name)
    page = people.open("/ui/jobs")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")
    for key in ("j", "j", "x", "k", "x"):
        page.keyboard.press(key)
    page.get_by_text("2 chosen").wait_for()
    assert row(page, "first").locator("input").is_checked()
    assert row(page, "second").locator("input").is_checked()
    page.keyboard.press("/")
    page.keyboard.type("second")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=second**")
    assert shown(page) == ["second"]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/ui/jobs/[0-9a-f-]{36}$"))
    go(page, "j")
    page.wait_for_url(re.compile(r"/ui/jobs$"))


def test_it_fits_a_telephone(people: People, database: Database) -> None:
    add(database, "a name that is much longer than a telephone is wide " * 3, "failed")
    add(database, EVIL)
    page = people.open("/ui/jobs", width=360)
    assert not scrolls_sideways(page)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Tasks").wait_for()
    page.locator(".more-filters summary").click()
    assert not scrolls_sideways(page)
    page.get_by_text(EVIL).wait_for()


def test_colours_are_switched_and_stay(people: People, database: Database) -> None:
    page = people.open("/ui/jobs", "viewer")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    switch = page.get_by_role("button", name="Colours: as the system has them")
    switch.click()
    page.get_by_role("button", name="Colours: light").click()
    page.get_by_role("button", name="Colours: dark").wait_for()
    assert page.evaluate(background) != light
    dark = page.evaluate(background)
    page.reload()
    assert page.evaluate(background) == dark


def test_a_session_that_ended_leads_to_the_login_and_back(
    people: People, database: Database
) -> None:
    add(database, "first")
    page = people.open("/ui/jobs?scope=active")
    page.get_by_label("Choose first").check()
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Cancel…").click()
    page.wait_for_url("**/ui/login?next=/ui/jobs%3Fscope%3Dactive")
