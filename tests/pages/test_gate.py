"""A slow Postgres makes those wait who read; the others get what was read before, or 503."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard import gate
from dashboard.kept import Kept
from dashboard.live import latest, looking
from jobs.timelimit import TookTooLong
from tests.support.rows import make_executor


class Slow:
    """A read that takes until it is `told`."""

    def __init__(self) -> None:
        self.began, self.told = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.began.set()
        assert self.told.wait(60)
        return "slow"


@pytest.fixture
def slow(monkeypatch) -> Iterator[Slow]:
    monkeypatch.setattr(gate, "PATIENCE", 0.05)
    slow = Slow()
    yield slow
    slow.told.set()


def too_long() -> str:
    raise TookTooLong(seconds=1)


def test_who_waits_for_another_gets_what_was_before(slow: Slow):
    kept = Kept[str](0)
    assert kept.get("a", lambda: "before") == "before"
    with ThreadPoolExecutor(1) as other:
        reading = other.submit(kept.get, "a", slow)
        assert slow.began.wait(60)
        assert kept.get("a", lambda: "new") == "before"
        with pytest.raises(TookTooLong):
            kept.get("b", lambda: "new")
        slow.told.set()
        assert reading.result(60) == "slow"
    assert kept.get("b", lambda: "new") == "new"


def test_a_read_that_took_too_long_is_not_tried_again_at_once(monkeypatch):
    monkeypatch.setattr(gate, "REST", 3600)
    kept = Kept[str](0)
    kept.get("a", lambda: "before")
    assert kept.get("a", too_long) == "before"
    assert kept.get("a", lambda: "new") == "before"
    with pytest.raises(TookTooLong):
        kept.get("b", lambda: "new")
    monkeypatch.setattr(gate, "REST", 0)
    kept.clear()
    with pytest.raises(TookTooLong):
        kept.get("a", too_long)
    assert kept.get("a", lambda: "new") == "new"


@pytest.fixture
def poll(login) -> Callable[[str], Any]:
    client, headers = login("viewer"), {"accept": "application/json"}
    return lambda topics: client.get(f"/ui/live/poll?topics={topics}", headers=headers)


@pytest.mark.django_db(transaction=True)
def test_polling_goes_on_with_the_last_data_and_refuses_what_has_none(poll, rival, monkeypatch):
    monkeypatch.setattr(latest, "FRESH", 0)
    monkeypatch.setattr(looking, "REST", 0)
    monkeypatch.setattr(gate, "REST", 3600)
    executor = make_executor()
    first = poll("executors").json()
    assert first["topics"]["executors"].keys() == {str(executor.id)}
    rival.connection.cursor().execute("LOCK TABLE executors_executor, jobs_job")
    # Only as long as there is no hope: else a busy machine may be as slow as a lock.
    with monkeypatch.context() as hasty:
        hasty.setattr(looking, "TIME_LIMIT", 0.1)
        assert poll("executors").json() == first
        assert poll("jobs:").status_code == 503
    rival.connection.rollback()
    assert poll("jobs:").status_code == 503, "it rests"
    latest.forget()
    assert poll("jobs:").status_code == 200
    assert poll("executors").json() == first


@pytest.mark.django_db(transaction=True)
def test_a_page_that_can_t_be_read_in_time_says_so(login, rival, monkeypatch):
    monkeypatch.setattr(looking, "TIME_LIMIT", 0.1)
    client = login("viewer")
    rival.connection.cursor().execute("LOCK TABLE jobs_job, dashboard_tally")
    answer = client.get("/ui/")
    rival.connection.rollback()
    latest.forget()
    assert answer.status_code == 503
    assert "did not finish within" in answer.content.decode()
