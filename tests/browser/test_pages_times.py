"""Times are written in one way on all pages: as the viewer's locale and zone have them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.browser.conftest import People, wait_till
from tests.support.waiting import wait_until

YEAR = datetime.now(UTC).year + 1
NOON = datetime(YEAR, 7, 14, 13, 5, 9, 250_000, tzinfo=UTC)
"""Never today, which pages write as a time alone, nor so long ago that it is forgotten."""
WRITE = """([iso]) => {
    const when = new Date(iso);
    const ticks = [60, 5, 86400].map((step) => ui.tick(when, step));
    return [ui.absolute(when), ui.precise(when), ...ticks];
}"""
AMERICAN = [
    f"Jul 14, {YEAR}, 09:05:09 AM EDT", "09:05:09.250 AM", "09:05 AM", "09:05:09 AM", "Jul 14",
]  # fmt: skip
BRITISH = [f"14 Jul {YEAR}, 14:05:09 BST", "14:05:09.250", "14:05", "14:05:09", "14 Jul"]


@pytest.mark.parametrize(
    ("locale", "zone", "expected"),
    [("en-US", "America/New_York", AMERICAN), ("en-GB", "Europe/London", BRITISH)],
)
def test_a_time_is_written_as_the_viewer_reads_it(
    people: People, locale: str, zone: str, expected: list[str]
) -> None:
    page = people.open("/ui/executors", locale=locale, timezone_id=zone)
    wait_till(page, "window.ui?.tick")
    said = [text.replace("\u202f", " ") for text in page.evaluate(WRITE, [NOON.isoformat()])]
    assert said == expected


def test_every_time_of_a_page_says_all_of_it_on_hover(people: People) -> None:
    people.platform.manage("shell", "--no-imports", "-c", MAKE_PAST)
    page = people.open("/ui/executors", locale="en-GB", timezone_id="Europe/London")
    check = page.locator(".check").first
    wait_title(check, "14 Jul, 14:05:09: refused")
    page.get_by_role("link", name="shop:one").click()
    page.wait_for_url("**/ui/executors/*")
    at = page.locator(".checks time").first
    wait_title(at, f"14 Jul {YEAR}, 14:05:09 BST")
    assert at.inner_text() == "14 Jul, 14:05:09"


def wait_title(element: Any, title: str) -> None:
    """Waits until it has this title: what has just come is as the server wrote it for a moment."""
    wait_until(lambda: element.get_attribute("title") == title, what=f"its title is {title!r}")


MAKE_PAST = f"""
from datetime import datetime
from executors.models import HealthCheck
from tests.support.rows import make_member
member = make_member()
HealthCheck.objects.create(
    executor=member.executor, healthy=False, detail="refused",
    at=datetime.fromisoformat({NOON.isoformat()!r}),
)
"""
