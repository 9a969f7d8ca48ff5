"""Pages keep nobody out in any state: empty or not, with what is ill, open, refused or told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.browser.conftest import People, serious_faults
from tests.support.platform import Platform

PAGES = [
    "/ui/",
    "/ui/jobs",
    "/ui/submit",
    "/ui/tasks",
    "/ui/tasks/heatmap",
    "/ui/executors",
    "/ui/timeline",
]
LOOKS = [("viewer", "dark"), ("admin", "light")]
MAKE_ROWS = """
from datetime import timedelta
from django.utils import timezone
from executors.models import HealthCheck
from jobs.states import JobState
from scheduling.models import Task
from tests.support.rows import make_execution, make_executor, make_job, make_lease, make_member
from tests.support.tasks import make_task
past = timezone.now() - timedelta(minutes=1)
wrong = {"code": "failed", "message": "It went wrong.", "traceback": "Traceback: a line of it"}
also = {
    "running": {"progress": {"fraction": 0.4, "message": "so far"}, "cancel_requested_at": past},
    "queued": {"error": wrong, "attempt": 2, "requires": {"gpu": "true"}},
    "failed": {"error": wrong},
}
executors = [make_executor("w1", labels={"zone": "a"})]
executors += [make_executor("drained", status="draining", drained_by="ada")]
executors += [make_executor("gone", status="offline", last_heartbeat=past)]
unwell = make_member(checks_failed=2)
for healthy in (True, False):
    HealthCheck.objects.create(executor=unwell.executor, at=past, healthy=healthy, detail="refused")
for state in JobState:
    job = make_job(state, name=f"a job that is {state}", **also.get(state, {}))
    if state in {"completed", "failed"}:
        lease = make_lease(executors[0], claimed_at=past)
        make_execution(job, lease, state, started_at=past, completed_at=past, error=job.error)
    print(f"/ui/jobs/{job.pk}")
for executor in [*executors, unwell.executor]:
    print(f"/ui/executors/{executor.pk}")
tasks = [make_task(name, "0 0 1 1 *", enabled=name != "paused") for name in ("paused", "ill")]
reason = {"at": past.isoformat(), "message": "2 in a row", "job": str(job.pk)}
Task.objects.filter(pk=tasks[0].pk).update(pause_reason=reason)
Task.objects.filter(pk=tasks[1].pk).update(problem={"code": "no", "message": "It was refused."})
for task in tasks:
    print(f"/ui/tasks/{task.pk}")
"""


@pytest.fixture(scope="module")
def places(platform: Platform) -> list[str]:
    """Pages of a job in each state, of executors and tasks that are well or not."""
    return platform.manage("shell", "--no-imports", "-c", MAKE_ROWS).split()


def hold(page: Any, *paths: str) -> None:
    """Holds these pages, or the one that is shown, against the rules."""
    for path in paths:
        page.goto(path)
        assert serious_faults(page) == [], path
    if not paths:
        assert serious_faults(page) == [], page.url


@contextmanager
def broken(platform: Platform) -> Iterator[None]:
    """Has the server not find a table."""
    platform.database.query("ALTER TABLE scheduling_task RENAME TO elsewhere")
    try:
        yield
    finally:
        platform.database.query("ALTER TABLE elsewhere RENAME TO scheduling_task")


@pytest.mark.parametrize(("role", "scheme"), LOOKS)
def test_of_a_platform_where_nothing_is(people: People, role: str, scheme: str) -> None:
    page = people.open("/ui/executors", role, scheme=scheme)
    page.get_by_role("heading", name="There are no executors yet").wait_for()
    hold(page, *PAGES, "/ui/jobs?q=nothing", "/ui/tasks?name=nothing", "/ui/submit?q=nothing")


@pytest.mark.parametrize("half", [0, 1])
def test_of_jobs_executors_and_tasks_in_every_state(
    people: People, places: list[str], half: int
) -> None:
    role, scheme = LOOKS[half]
    page = people.open("/ui/", role, scheme=scheme)
    hold(page, *PAGES, *places[half::2])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_of_what_is_refused(people: People, platform: Platform, scheme: str) -> None:
    page = people.window(scheme=scheme)
    hold(page, "/ui/login")
    page.get_by_label("Name").fill("viewer")
    page.get_by_label("Password").fill("another password")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").wait_for()
    hold(page)
    people.log_in(page, "/ui/tasks/new", "viewer")
    page.get_by_role("heading", name="Not allowed to you").wait_for()
    hold(page)
    hold(page, "/ui/there/is/nothing")
    with broken(platform):
        hold(page, "/ui/tasks")
        page.get_by_role("heading", name="Internal Server Error").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_of_forms_with_mistakes(people: People, places: list[str], scheme: str) -> None:
    page = people.open("/ui/tasks/new", scheme=scheme)
    page.get_by_role("button", name="Make the task").click()
    page.locator("#id_name[aria-invalid=true]").wait_for()
    hold(page)
    page.goto("/ui/submit/add_numbers")
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_role("alert").wait_for()
    hold(page)
    page.goto(places[-1])
    page.get_by_label("From", exact=True).fill("2020-01-01T00:00:00")
    page.get_by_label("To, without").fill("2019-01-01T00:00:00")
    page.get_by_role("button", name="Try it").click()
    page.locator("#backfill .error").wait_for()
    hold(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_of_what_opens_and_what_is_told(people: People, places: list[str], scheme: str) -> None:
    page = people.open("/ui/jobs?status=queued", scheme=scheme)
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    hold(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save view").click()
    page.get_by_role("dialog", name="Save this view").wait_for()
    hold(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_text("Choose jobs first").wait_for()
    page.get_by_role("button", name="Colours:").click()
    page.get_by_role("button", name="Colours: light").wait_for()
    hold(page)
    page.get_by_role("button", name="Colours:").click()
    page.get_by_role("button", name="Colours: dark").wait_for()
    hold(page)
    page.set_viewport_size({"width": 360, "height": 900})
    page.get_by_role("button", name="Menu").click()
    hold(page)
    page.get_by_role("button", name="Copy link").click()
    page.locator("#messages .message").wait_for()
    hold(page)
    page.goto(places[-2])
    page.get_by_role("button", name="Run paused now").click()
    page.get_by_text("paused: a job was made.").wait_for()
    hold(page)
