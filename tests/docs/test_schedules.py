"""What docs/schedules.md shows is what happens."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.cron import parse
from scheduling.cron.fields import SHORTCUTS
from tests.api.client import Api
from tests.support.variables import ROOT

PAGE = (ROOT / "docs/schedules.md").read_text()
REQUESTS = re.findall(r"```http\n(\w+) ([^\n]+)\n(.*?)```", PAGE, re.DOTALL)
CHANGES = re.findall(
    r"^\| `(\w+/\w+)` \| `(.+)` \| (\d{4}-\d\d-\d\d) \| ([\d:, ]+)", PAGE, re.MULTILINE
)


@pytest.mark.django_db
def test_the_requests_are_accepted_one_after_the_other():
    operator = Api("operator")
    for method, path, body in REQUESTS:
        answer = getattr(operator, method.lower())(path, json.loads(body))
        assert answer.status_code in {200, 201}, (path, answer.content)
    assert len(REQUESTS) == 6
    assert operator.get("tasks/nightly sum").json()["calendar"] == "freeze"


@pytest.mark.parametrize(("name", "text", "day", "times"), CHANGES)
def test_the_table_of_clock_changes_is_right(name, text, day, times):
    zone = ZoneInfo(name)
    midnight = datetime.fromisoformat(day).replace(tzinfo=zone)
    ticks = parse(text, name).ticks(
        midnight - timedelta(seconds=1), midnight + timedelta(hours=23), 99
    )
    expected = [time.strip() for time in times.split(",")]
    shown = [tick.astimezone(zone) for tick in ticks]
    assert [f"{tick:%H:%M}" for tick in shown][: len(expected)] == expected
    assert all(tick.fold == 0 for tick in shown[: len(expected)])


def test_the_table_of_clock_changes_is_read():
    assert len(CHANGES) == 6


def test_every_shortcut_is_named():
    assert set(SHORTCUTS) <= set(re.findall(r"`(@\w+)`", PAGE))
