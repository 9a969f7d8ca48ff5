"""The admin in a real browser: nothing that the content security policy forbids, and it works."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from jobs.models import Job
from tests.admin.test_pages import page
from tests.support.rows import make_execution, make_executor, make_job, make_lease
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "correct horse battery"


@pytest.fixture
def browse(live_server, monkeypatch) -> Iterator[Callable[[str], Page]]:
    """Opens a window in a colour scheme, logged in; afterwards its console must be empty."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("There is no Chromium.")
    # Playwright's event loop runs in this thread, where Django then expects no database calls.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    User.objects.create_superuser("ada", password=PASSWORD)
    complaints: list[str] = []
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=120_000
        )

        def open_window(scheme: str = "light") -> Page:
            window = chromium.new_page(color_scheme=scheme, base_url=live_server.url)
            window.set_default_timeout(60_000)
            window.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
            window.on("pageerror", lambda error: complaints.append(str(error)))
            window.goto(reverse("admin:login"))
            window.fill("#id_username", "ada")
            window.fill("#id_password", PASSWORD)
            window.click("button[type=submit]")
            window.wait_for_url("**" + reverse("admin:index"))
            return window

        yield open_window
        chromium.close()
        # While the loop runs, Django's connection is another than before and after.
        connection.close()
    wait_until(lambda: other_sessions() == 0, what="the server's threads have ended")
    assert complaints == []


def other_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_load_without_a_complaint(browse, scheme):
    executor = make_executor()
    job, lease = make_job("failed"), make_lease(executor)
    execution = make_execution(job, lease, "failed")
    window = browse(scheme)
    for path in (
        page(Job, "changelist"),
        page(Job, "change", job.id),
        page(type(executor), "change", executor.id),
        page(type(lease), "change", lease.id),
        page(type(execution), "changelist"),
        page(PeriodicTask, "changelist"),
        page(User, "changelist"),
    ):
        answer = window.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200
    assert "'unsafe-eval'" in answer.headers["content-security-policy"]
    assert window.locator("html").evaluate("e => e.classList.contains('dark')") is (
        scheme == "dark"
    )


def test_a_job_is_steered_from_its_page_and_from_the_list(browse):
    job = make_job("queued", name="steer me")
    window = browse()
    window.goto(page(Job, "change", job.id))
    window.select_option("select[name=priority]", "8")
    window.click("button[value=set_priority]")
    window.get_by_text("1 given priority 8").wait_for()
    assert Job.objects.get().priority == 8

    window.goto(page(Job, "changelist"))
    window.locator("tbody input.action-select").check()
    window.select_option("select[name=action]", "cancel")
    window.get_by_role("button", name="Run").click()
    window.get_by_text("1 cancelled").wait_for()
    assert Job.objects.get().status == "cancelled"


def test_a_crontab_is_explained_when_it_is_chosen(browse):
    crontab = CrontabSchedule.objects.create(minute="5", hour="4")
    window = browse()
    window.goto(page(PeriodicTask, "add"))
    window.select_option("#id_crontab", str(crontab.id))
    meaning = window.locator("#crontab-meaning")
    wait_until(lambda: "04:05" in (meaning.text_content() or ""), what="the meaning is shown")
