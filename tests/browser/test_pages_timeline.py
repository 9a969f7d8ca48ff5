"""The timeline's list says what its drawing shows, and goes on with it."""

from __future__ import annotations

from tests.browser.conftest import People

MAKE_BAR = """
from datetime import timedelta
from django.utils import timezone
from executors.models import Executor
from tests.support.rows import make_execution, make_executor, make_job, make_lease
now = timezone.now()
executor = Executor.objects.filter(name="w1").first() or make_executor("w1")
lease = make_lease(executor, claimed_at=now - timedelta(seconds={seconds}), closed_at=now)
make_execution(make_job("completed", name={name!r}), lease)
"""


def make_bar(people: People, name: str, seconds: float) -> None:
    people.platform.manage(
        "shell", "--no-imports", "-c", MAKE_BAR.format(name=name, seconds=seconds)
    )


def test_the_list_goes_on_with_the_drawing_and_leaves_people_where_they_are(people: People) -> None:
    make_bar(people, "the first", 30)
    page = people.open("/ui/timeline")
    rows = page.locator("#timeline-list tbody tr")
    row = page.locator("#timeline-list tr[data-lease]", has_text="the first")
    row.wait_for()
    row.get_by_role("link").focus()
    page.evaluate("document.activeElement.closest('tr').mark = 'the same'")
    make_bar(people, "the second", 20)
    page.locator("#timeline-list tr", has_text="the second").wait_for()
    assert [text.split("\t")[0] for text in rows.all_inner_texts()] == ["the second", "the first"]
    assert page.evaluate("document.activeElement.closest('tr').mark") == "the same"
    # Of a span in which nothing ran, there is nothing to tell.
    page.locator("#timeline").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    page.get_by_text("Nothing ran in this span.").wait_for()
    assert rows.count() == 0
