"""Telling other processes that there is something to do."""

from __future__ import annotations

import select

import psycopg2
import pytest
from django.db import connection

from jobs import wake

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("tell", "channels"),
    [
        (wake.wake_dispatcher, {wake.WORK}),
        (wake.slots_came_free, {wake.WORK, wake.DONE}),
        (wake.jobs_ended, {wake.DONE}),
    ],
)
def test_listeners_hear_of_it(tell: object, channels: set[str]) -> None:
    listener = psycopg2.connect(**connection.get_connection_params())
    listener.autocommit = True
    with listener.cursor() as cursor:
        cursor.execute(f"LISTEN {wake.WORK}; LISTEN {wake.DONE}")
    tell()
    heard = set()
    while heard != channels:
        assert select.select([listener], [], [], 60)[0]
        listener.poll()
        heard |= {notify.channel for notify in listener.notifies}
    listener.close()


def test_a_dead_connection_is_no_reason_to_fail() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    killer = psycopg2.connect(**connection.get_connection_params())
    with killer, killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    killer.close()
    wake.wake_dispatcher()
    wake.wake_dispatcher()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
