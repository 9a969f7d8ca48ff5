"""Which pages are photographed, under which names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.screenshots.seed import Seeded

if TYPE_CHECKING:
    from playwright.sync_api import Page as Window


def _as_it_is(window: Window) -> None:
    """Nothing is done on the page."""
    del window


@dataclass(frozen=True)
class Page:
    """A page: the name of its picture, its path, and what is done on it before."""

    name: str
    path: str
    prepare: Callable[[Window], None] = _as_it_is


def pages(seeded: Seeded) -> list[Page]:
    """All pages of a seeded platform."""
    return [
        Page("overview", "/ui/?range=5m"),
        Page("jobs", "/ui/jobs"),
        Page("jobs-failed", "/ui/jobs?status=failed"),
        Page("job", f"/ui/jobs/{seeded.chunked_job}"),
        Page("job-failed", f"/ui/jobs/{seeded.failed_job}", _fold_the_traceback),
        Page("submit", "/ui/submit"),
        Page("submit-type", "/ui/submit/monte_carlo_pi", _write_a_job),
        Page("tasks", "/ui/tasks"),
        Page("task", f"/ui/tasks/{seeded.task}"),
        Page("task-new", "/ui/tasks/new", _write_a_task),
        Page("heatmap", "/ui/tasks/heatmap"),
        Page("executors", "/ui/executors"),
        Page("executor", f"/ui/executors/{seeded.executor}"),
        Page("timeline", "/ui/timeline", _look_closer),
    ]


def _fold_the_traceback(window: Window) -> None:
    """It names the folders of whoever made the picture."""
    window.get_by_text("Traceback", exact=True).first.click()


def _look_closer(window: Window) -> None:
    """The platform has not been there for long."""
    for _ in range(3):
        window.get_by_role("button", name="Zoom in").click()


def _write_a_job(window: Window) -> None:
    window.get_by_label("Samples").first.fill("10000000")
    window.get_by_label("Seed").first.fill("20240229")


def _write_a_task(window: Window) -> None:
    window.fill("#id_name", "Nightly report")
    window.fill("#id_cron_expression", "30 2 * * mon-fri")
    window.fill("#id_timezone", "Europe/Berlin")
    window.select_option("#id_type", "add_numbers")
    window.fill("#id_payload", '{"a": 19, "b": 23}')
    window.locator("#fits .fits").wait_for()
    window.locator("#ticks li").first.wait_for()
