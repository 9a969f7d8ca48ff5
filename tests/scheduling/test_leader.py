"""Exactly one leads, and who has lost the lead can write nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from django.db import connection

from executors.models import Process
from scheduling import leader as leader_module
from scheduling import session
from scheduling.leader import LOST, Leader
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Candidate:
    """Campaigns in a thread of its own."""

    def __init__(self, role: str = "dispatcher") -> None:
        self.leader = Leader(role)
        self.won = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        self.leader.stopping.set()
        self._thread.join(timeout=60)
        self.leader.leave()

    def _run(self) -> None:
        try:
            if self.leader.campaign():
                self.won.set()
        finally:
            connection.close()


@pytest.fixture(autouse=True)
def _at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leader that does nothing leads on, however long a test takes."""
    monkeypatch.setattr(session, "TIMEOUT_MS", 600_000)


@pytest.fixture
def candidate() -> Iterator[Callable[..., Candidate]]:
    made: list[Candidate] = []

    def make(role: str = "dispatcher") -> Candidate:
        made.append(Candidate(role))
        return made[-1]

    yield make
    for its in made:
        its.end()


def rows() -> dict[str, bool]:
    """Whether each process that has not left is shown as leading."""
    found = Process.objects.filter(ended_at=None).values_list("id", "leader_since")
    return {str(id_): since is not None for id_, since in found}


def session_of(leader: Leader) -> int:
    with leader.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end_session(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_one_leads_and_the_next_takes_over(candidate: Any) -> None:
    several = [candidate() for _ in range(4)]
    wait_until(lambda: len(rows()) == 4, what="all have entered")
    wait_until(lambda: any(its.won.is_set() for its in several), what="one leads")
    leading = [its for its in several if its.won.is_set()]
    assert len(leading) == 1
    assert sum(rows().values()) == 1
    leading[0].leader.leave()
    wait_until(
        lambda: [its for its in several if its.won.is_set() and its is not leading[0]],
        what="another leads",
    )
    assert sum(its.won.is_set() for its in several) == 2
    assert len(rows()) == 3


def test_roles_do_not_get_in_each_others_way(candidate: Any) -> None:
    beat, dispatcher = candidate("beat"), candidate("dispatcher")
    wait_until(lambda: beat.won.is_set() and dispatcher.won.is_set())


def test_who_lost_its_session_writes_nothing(candidate: Any) -> None:
    first = candidate()
    wait_until(first.won.is_set)
    session = session_of(first.leader)
    second = candidate()
    wait_until(lambda: len(rows()) == 2)
    end_session(session)
    wait_until(second.won.is_set, what="the lead has passed on")
    with pytest.raises(LOST), first.leader.cursor() as cursor:
        cursor.execute("DELETE FROM executors_process")
    with pytest.raises(LOST):
        first.leader.beat()
    assert sum(rows().values()) == 1


def test_loss_of_the_session_is_not_slept_over(candidate: Any) -> None:
    first = candidate()
    wait_until(first.won.is_set)
    end_session(session_of(first.leader))
    waiting = threading.Thread(target=first.leader.wait, args=(600,))
    waiting.start()
    waiting.join(timeout=60)
    assert not waiting.is_alive()
    with pytest.raises(LOST):
        session_of(first.leader)


def test_silent_session_is_ended_by_the_server(
    candidate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "TIMEOUT_MS", 100)
    first = candidate()
    wait_until(first.won.is_set)
    second = candidate()
    # The standby's own tries keep its session alive only if they come in time.
    monkeypatch.setattr(leader_module, "STANDBY_POLL", 0.01)
    wait_until(second.won.is_set, what="the silent leader is replaced")


def wait_for_work(leader: Leader, statement: str) -> int:
    """Runs a statement, then waits; the session, which is alive: its end would wake it too."""
    with leader.cursor() as cursor:
        cursor.execute("LISTEN celeriac_work")
        cursor.execute(statement)
    leader.wait(600)
    return session_of(leader)


def test_leader_hears_of_work(candidate: Any) -> None:
    its = candidate()
    wait_until(its.won.is_set)
    with ThreadPoolExecutor(1) as thread, connection.cursor() as cursor:
        heard = thread.submit(wait_for_work, its.leader, "SELECT pg_advisory_lock(1, 1)")
        wait_until(lambda: is_locked(1), what="it listens")
        cursor.execute("NOTIFY celeriac_work")
        assert heard.result(timeout=60)


def test_word_that_comes_during_a_statement_is_not_slept_over(candidate: Any) -> None:
    its = candidate()
    wait_until(its.won.is_set)
    with ThreadPoolExecutor(1) as thread, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(1, 1)")
        heard = thread.submit(wait_for_work, its.leader, "SELECT pg_advisory_lock(1, 1)")
        wait_until(lambda: is_locked(2), what="its statement waits")
        cursor.execute("NOTIFY celeriac_work")
        cursor.execute("SELECT pg_advisory_unlock(1, 1)")
        assert heard.result(timeout=60)


def is_locked(sessions: int) -> bool:
    """Whether so many sessions hold the lock or wait for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND (classid, objid) = (1, 1)"
        )
        return len(cursor.fetchall()) == sessions


def test_leader_is_elected_once_the_database_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    leader, real = Leader("dispatcher"), psycopg2.connect
    refusals = iter(["the database system is starting up"])

    def connect(**parameters: Any) -> Any:
        for refusal in refusals:
            raise psycopg2.OperationalError(refusal)
        return real(**parameters)

    monkeypatch.setattr(psycopg2, "connect", connect)
    assert leader.campaign()
    leader.leave()
    assert rows() == {}
