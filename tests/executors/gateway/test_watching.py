"""What was cancelled, lasts too long or is not heard of on an HTTP executor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from executors.gateway import rows
from executors.gateway.calling import Caller
from executors.gateway.decisions import Patience
from executors.gateway.handing_over import HandingOver
from executors.gateway.threads import in_transaction
from executors.gateway.watching import Watch
from executors.models import Lease, Member
from jobs.models import Job
from tests.executors.gateway.conftest import (
    PATIENT,
    Desk,
    Errand,
    live_leases,
    make_errand,
    make_member,
)
from tests.support.local_server import Exchange, LocalServer
from tests.support.members import accept


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CELERIAC, "CANCEL_GRACE", 60.0)
    monkeypatch.setitem(settings.CELERIAC, "CALLBACK_LIMIT", 3600.0)


def look(desk: Desk) -> None:
    """One look, and all that it leads to."""

    async def work(caller: Caller) -> None:
        watch = Watch(caller, HandingOver(caller))
        await watch.look()
        await watch.end()

    desk.run(work)


def running(desk: Desk, server: LocalServer, **fields: Any) -> Errand:
    """A job that the executor took."""
    errand = make_errand(make_member(server.url), **fields)
    desk.hand_over(errand)
    assert errand.states == ("running", "running", "claimed")
    return errand


def cancel(errand: Errand, ago: float = 0.0) -> None:
    """Its job is cancelled, or was so many seconds ago."""
    then = timezone.now() - timedelta(seconds=ago)
    Job.objects.filter(id=errand.job.id).update(cancel_requested_at=then)


def sign_off(errand: Errand, ago: float) -> None:
    """Its executor did so many seconds ago."""
    then = timezone.now() - timedelta(seconds=ago)
    Member.objects.filter(executor=errand.executor).update(left_at=then)


def age(errand: Errand, seconds: float) -> None:
    """All that happened to the lease happened so much longer ago."""
    lease = Lease.objects.get(id=errand.lease.id)
    lease.claimed_at -= timedelta(seconds=seconds)
    if lease.accepted_at:
        lease.accepted_at -= timedelta(seconds=seconds)
    lease.save()


@pytest.mark.parametrize(
    ("left", "states"),
    [(60.0, ("running", "running", "claimed")), (91.0, ("queued", "lost", "lost"))],
)
def test_what_ran_when_its_executor_signed_off_is_lost_after_a_while(
    desk: Desk, left: float, states: tuple[str, str, str]
) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server)
        age(errand, 100.0)
        sign_off(errand, ago=left)
        look(desk)

    assert errand.states == states


def test_what_it_took_after_it_came_back_goes_on(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server)
        age(errand, 100.0)
        sign_off(errand, ago=200.0)
        look(desk)

    assert errand.states == ("running", "running", "claimed")


def test_what_goes_its_way_is_left_alone(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server, timeout=100.0)
        look(desk)

    assert errand.states == ("running", "running", "claimed")
    assert server.paths() == ["/execute"]


def test_a_cancelled_job_is_stopped_there_once(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server)
        cancel(errand)
        look(desk)
        look(desk)

    assert server.paths() == ["/execute", "/cancel"]
    assert server.exchanges[1].json() == {"execution_id": str(errand.execution.id)}
    assert errand.states == ("running", "running", "claimed")


def test_who_could_not_be_told_is_told_again(desk: Desk) -> None:
    async def behaviour(it: Exchange) -> None:
        if it.path == "/execute" or len(server.exchanges) > 2:
            await accept(it)
        else:
            it.writer.transport.abort()

    with LocalServer(behaviour) as server:
        cancel(running(desk, server))
        look(desk)
        look(desk)
        look(desk)

    assert server.paths() == ["/execute", "/cancel", "/cancel"]


def test_a_job_that_does_not_stop_is_cancelled_all_the_same(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server)
        cancel(errand, ago=61)
        look(desk)

    assert errand.states == ("cancelled", "cancelled", "finished")
    assert live_leases() == 0


def test_a_job_past_its_timeout_fails_and_is_stopped_there(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server, timeout=30.0, max_attempts=1)
        age(errand, 31)
        look(desk)

    assert errand.states == ("failed", "failed", "finished")
    assert errand.job.error["code"] == "timeout"
    assert "30 s" in errand.job.error["message"]
    assert server.paths() == ["/execute", "/cancel"]
    assert live_leases() == 0


def test_a_timeout_is_tried_again_as_the_job_wishes(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server, timeout=30.0, max_attempts=2)
        age(errand, 31)
        look(desk)

    assert errand.states == ("scheduled", "failed", "finished")


def test_silence_without_end_is_a_loss(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server)
        age(errand, 3601)
        look(desk)

    assert errand.states == ("queued", "lost", "lost")
    assert errand.job.attempt == 1
    assert server.paths() == ["/execute", "/cancel"]
    assert live_leases() == 0


def test_a_sign_of_life_is_enough(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server)
        age(errand, 3601)
        errand.executor.held = [errand.lease.id]
        errand.executor.last_heartbeat = timezone.now()
        errand.executor.save()
        look(desk)

    assert errand.states == ("running", "running", "claimed")


def test_what_was_never_taken_is_handed_back_once_its_time_is_over(desk: Desk) -> None:
    """Whoever claimed it was killed before it knew the answer."""
    with LocalServer(accept) as server:
        errand = running(desk, server)
        Lease.objects.filter(id=errand.lease.id).update(accepted_at=None)
        look(desk)
        assert errand.states == ("running", "running", "claimed")
        age(errand, PATIENT + 10)
        look(desk)

    assert errand.states == ("queued", "released", "released")
    assert errand.job.attempt == 0
    assert errand.execution.error["code"] == "hand_over_failed"
    assert server.paths() == ["/execute", "/cancel"]
    assert live_leases() == 0


def test_an_executor_is_not_to_blame_for_a_gateway_that_was_killed(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server)
        Lease.objects.filter(id=errand.lease.id).update(accepted_at=None)
        age(errand, PATIENT + 10)
        look(desk)

    assert errand.states == ("queued", "released", "released")
    member = errand.executor.member
    assert (member.refusals, member.busy_until, member.checks_failed) == (0, None, 0)


def test_what_must_not_run_twice_and_was_never_taken_is_lost(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server, type="latch_once")
        Lease.objects.filter(id=errand.lease.id).update(accepted_at=None)
        age(errand, PATIENT + 10)
        look(desk)

    assert errand.states == ("failed", "lost", "lost")
    assert errand.job.error["code"] == "lost"


def test_a_look_is_bounded_and_begins_with_the_oldest(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errands = [make_errand(make_member(server.url, f"group:{n}")) for n in range(4)]
        desk.hand_over(*errands)
    for n, errand in enumerate(errands):
        age(errand, 100.0 * n)
        cancel(errand)
    waiting, second, oldest = errands[0], errands[2], errands[3]
    Lease.objects.filter(id=oldest.lease.id).update(cancel_sent_at=timezone.now())

    async def watched(_: Caller) -> list[str]:
        patience, besides = Patience(15, 60, 3600, 90), [str(errands[1].lease.id)]
        return list(
            await in_transaction(lambda cursor: rows.watch.watched(cursor, patience, besides, 1))
        )

    assert desk.run(watched) == [str(second.lease.id)]
    Lease.objects.filter(id=second.lease.id).update(cancel_sent_at=timezone.now())
    assert desk.run(watched) == [str(waiting.lease.id)]


def test_leases_of_workers_are_not_looked_at(desk: Desk) -> None:
    with LocalServer(accept) as server:
        errand = running(desk, server)
        errand.executor.protocol = "celery"
        errand.executor.save()
        age(errand, 5000)
        look(desk)

    assert errand.states == ("running", "running", "claimed")
