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
        assert "historian" not in {thread.name for thread in threading.enumerate()}
        make_job("completed", type="second")
