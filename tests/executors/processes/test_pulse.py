"""The thread that keeps a process's row fresh, whatever becomes of its session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from executors.models import Process
from executors.processes import pulse as pulse_module
from executors.processes.pulse import Pulse
from executors.processes.roles import ProcessRole
from tests.support.races import Rival
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pulse(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    """One that beats often, for a web process, until the test is over."""
    monkeypatch.setitem(settings.CELERIAC, "HEARTBEAT_INTERVAL", 0.02)
    pulse = Pulse(ProcessRole.WEB)
    pulse.start()
    wait_until(Process.objects.exists, what="it has entered")
    yield pulse
    pulse.end()
    wait_until(lambda: not pulse._thread.is_alive(), what="the thread has ended")


def last_beat() -> datetime:
    return Process.objects.get().last_beat


def goes_on() -> bool:
    before = last_beat()
    return bool(wait_until(lambda: last_beat() > before, what="it beats"))


def sessions() -> list[int]:
    """Of the pulse alone: nobody else is at this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE '%executors_process%'
               AND pid <> pg_backend_pid()
            """
        )
        return [row[0] for row in cursor.fetchall()]


def test_it_beats_until_it_ends(pulse: Pulse) -> None:
    assert goes_on()
    pulse.end()
    wait_until(lambda: Process.objects.get().ended_at, what="it has left")
    wait_until(lambda: not sessions(), what="its session has ended")


def test_one_that_ends_at_once_has_come_and_gone(db: None) -> None:
    pulse = Pulse(ProcessRole.GATEWAY)
    assert not Process.objects.exists()
    pulse.start()
    pulse.end()
    wait_until(lambda: Process.objects.get().ended_at, what="it has left")


def test_the_loss_of_its_session_ends_nothing(pulse: Pulse) -> None:
    row = Process.objects.get().id
    for pid in sessions():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert goes_on()
    assert Process.objects.get().id == row


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse_module, "PATIENCE", 0.1)


def test_a_statement_that_takes_too_long_is_given_up_and_tried_again(
    impatient: None, rival: Rival, pulse: Pulse, caplog: Any
) -> None:
    with rival.connection, rival.connection.cursor() as theirs:
        theirs.execute("LOCK executors_process")
        wait_until(lambda: "can't be seen" in caplog.text, what="a beat is given up")
    assert goes_on()
