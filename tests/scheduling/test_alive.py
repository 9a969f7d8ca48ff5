"""`manage.py alive` believes fresh heartbeats alone."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from executors.models import Process
from tests.support.rows import make_executor

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(minutes=5)


def test_a_worker_with_a_fresh_heartbeat_is_alive(capsys):
    make_executor("w1")
    call_command("alive", "worker", "w1")
    assert capsys.readouterr().out == "The worker w1 is alive.\n"
    make_executor("w2", status="draining")
    call_command("alive", "worker", "w2")


def test_a_worker_that_is_silent_offline_or_unknown_is_not():
    make_executor("silent", last_heartbeat=timezone.now() - LONG_AGO)
    make_executor("offline", status="offline")
    for name in ("silent", "offline", "unknown"):
        with pytest.raises(CommandError, match=f"worker {name} has no fresh heartbeat"):
            call_command("alive", "worker", name)


@pytest.mark.parametrize(("role", "other"), [("dispatcher", "beat"), ("beat", "dispatcher")])
def test_a_leader_or_standby_of_this_host_is_looked_for(role, other):
    Process.objects.create(role=role, host="elsewhere", pid=1)
    Process.objects.create(role=other, host=socket.gethostname(), pid=1)
    with pytest.raises(CommandError):
        call_command("alive", role)
    ours = Process.objects.create(
        role=role, host=socket.gethostname(), pid=1, last_beat=timezone.now() - LONG_AGO
    )
    with pytest.raises(CommandError):
        call_command("alive", role)
    Process.objects.filter(id=ours.id).update(last_beat=timezone.now())
    call_command("alive", role)
    call_command("alive", role, host="elsewhere")
