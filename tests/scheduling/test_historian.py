"""The leading dispatcher writes history by itself, and stops when told to."""

from __future__ import annotations

import threading

import pytest

from dashboard.models import Tally
from scheduling.historian import Historian
from tests.support.rows import make_job
from tests.support.waiting import wait_until


@pytest.mark.django_db(transaction=True)
def test_it_writes_ends_and_begins_again():
    historian = Historian()
    make_job("completed", type="first")
    for type_ in ("first", "second"):
        historian.start()
        wait_until(lambda type_=type_: Tally.objects.filter(type=type_).exists(), what=type_)
        historian.stop()
        wait_until(
            lambda: "historian" not in {thread.name for thread in threading.enumerate()},
            what="its thread has ended",
        )
        make_job("completed", type="second")


steps: list[int] = []


def stumbling_step() -> bool:
    """The step of another history, whose first one fails."""
    steps.append(len(steps))
    if steps == [0]:
        raise KeyError("unforeseen")
    return False


@pytest.mark.django_db(transaction=True)
def test_a_step_that_fails_is_logged_and_followed_by_the_next(settings, caplog):
    settings.HISTORY_STEP = f"{__name__}.stumbling_step"
    historian = Historian()
    historian.start()
    wait_until(lambda: len(steps) > 1, what="another step")
    historian.stop()
    assert "unforeseen" in caplog.text
