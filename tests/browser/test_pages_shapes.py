"""What is drawn fits: labels of bars, cards of executors, on narrow and wide windows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import People, scrolls_sideways, wait_till

MAKE_JOB = """
from datetime import timedelta
from django.utils import timezone
from tests.support.rows import make_execution, make_executor, make_job, make_lease
now = timezone.now()
executor = make_executor("a-worker-with-a-name-that-is-rather-long@some-host.example", slots=4)
ago = lambda seconds: now - timedelta(seconds=seconds)
job = make_job(
    "completed", name="In chunks", created_at=ago(100), available_at=ago(100),
    started_at=ago(99), completed_at=now, executor=executor.name, chunk_count=3,
)
for chunk, (start, end) in enumerate([(99, 40), (98.9, 98), (60, 0)]):
    lease = make_lease(
        executor, assigned_at=ago(start + 0.5), claimed_at=ago(start), closed_at=ago(end)
    )
    make_execution(
        job, lease, kind="chunk", chunk=chunk, started_at=ago(start), completed_at=ago(end)
    )
print(job.pk)
"""
LABELS = """() => [...document.querySelectorAll('.lane:not(.lane-axis) svg')].flatMap((lane) => {
    const edge = lane.getBoundingClientRect();
    const bars = [...lane.querySelectorAll('.bar')].map((one) => one.getBoundingClientRect());
    return [...lane.querySelectorAll('.bar-label[visibility=visible]')].map((text) => {
        const box = text.getBoundingClientRect();
        const inside = bars.some((bar) => box.left >= bar.left && box.right <= bar.right);
        const apart = bars.every((bar) => box.right <= bar.left || box.left >= bar.right);
        const within = box.left >= edge.left - 1 && box.right <= edge.right + 1;
        return { text: text.textContent, fits: (inside || apart) && within };
    });
})"""


@pytest.fixture(scope="module")
def job(platform: Any) -> str:
    """The id of a job with bars of many widths, on an executor with a long name."""
    return str(platform.manage("shell", "--no-imports", "-c", MAKE_JOB)).strip().splitlines()[-1]


@pytest.mark.parametrize("width", [1280, 360])
def test_no_label_of_a_bar_is_cut_off(people: People, job: str, width: int) -> None:
    page = people.open(f"/ui/jobs/{job}", width=width)
    wait_till(page, "document.querySelector('.bar-label[visibility=visible]')")
    labels = page.evaluate(LABELS)
    assert {"text": "running", "fits": True} in labels
    assert [label for label in labels if not label["fits"]] == []
    assert not scrolls_sideways(page)


def test_what_a_bar_is_whose_label_finds_no_room_is_told_while_it_is_pointed_at(
    people: People, job: str
) -> None:
    page = people.open(f"/ui/jobs/{job}", width=360)
    bar = page.locator(".lane .bar").nth(2)
    bar.dispatch_event("pointerover")
    said = page.locator(".chart-said").inner_text()
    assert said == bar.locator("title").text_content()


@pytest.mark.parametrize("width", [1280, 360])
def test_what_can_be_done_with_an_executor_stands_beside_its_name_or_below(
    people: People, job: str, width: int
) -> None:
    assert job
    page = people.open("/ui/executors", width=width)
    name = page.locator(".executor-name").bounding_box()
    button = page.get_by_role("button", name="Drain").bounding_box()
    beside = button["x"] >= name["x"] + name["width"] and button["y"] < name["y"] + name["height"]
    below = button["y"] >= name["y"] + name["height"]
    assert beside or below
    assert not scrolls_sideways(page)
