"""Beats that are killed, frozen or cut off, and clocks that step: no tick is lost or doubled."""

from __future__ import annotations

import json

import pytest
import redis

from tests.faults.beats import Watched, stop_ticks
from tests.support.clock import ShiftedClock, has_compiler
from tests.support.platform import Platform
from tests.support.ticks import Outage

pytestmark = pytest.mark.faults

HOUR = 3600

OWN_TASK = """
    WITH interval AS (
        INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (1, 'seconds')
        RETURNING id
    )
    INSERT INTO django_celery_beat_periodictask
          (name, task, interval_id, args, kwargs, headers, queue, enabled, one_off,
           total_run_count, date_changed, description)
    SELECT 'own', 'app.task', id, '[]', '{}', '{}', 'nobody', true, false, 0, now(), ''
      FROM interval
"""


def test_killed_leader_is_replaced(platform: Platform, watched: Watched) -> None:
    leader = platform.beat("beat-1")
    standby = platform.beat("beat-2", leads=False)
    watched.add(200)
    for _ in range(2):
        watched.wait_for_ticks(400)
        leader.kill()
        platform.wait_until(lambda its=standby: platform.leads(its), what="the standby leads")
        leader, standby = standby, platform.beat(leader.name, leads=False)
    watched.wait_for_ticks(400)
    assert not watched.check().faults


def test_frozen_leader_is_replaced_and_can_write_nothing(
    platform: Platform, watched: Watched
) -> None:
    leader = platform.beat("beat-1")
    session = platform.leading_session("beat")
    standby = platform.beat("beat-2", leads=False)
    watched.add(200)
    watched.wait_for_ticks(400)
    leader.freeze()
    platform.wait_until(lambda: platform.leads(standby), what="the standby leads")
    platform.wait_closed(session)
    watched.wait_for_ticks(400)
    leader.thaw()
    platform.wait_until(lambda: "No longer the leader" in leader.said(), what="it stands by")
    watched.wait_for_ticks(400)
    assert not watched.check().faults


def test_two_beats_that_start_together(platform: Platform, watched: Watched) -> None:
    watched.add(100)
    beats = [platform.start_beat(name) for name in ("beat-1", "beat-2", "beat-3")]
    platform.wait_until(
        lambda: sorted(str(platform.leads(its)) for its in beats) == ["False", "False", "True"],
        what="one leads",
    )
    watched.wait_for_ticks(300)
    assert not watched.check().faults


@pytest.mark.parametrize("policy", ["skip", "fire_once", "fire_all"])
def test_ticks_that_nobody_fired_are_made_good_as_the_policy_says(
    platform: Platform, watched: Watched, policy: str
) -> None:
    beat = platform.beat("beat-1")
    watched.add(20, policy=policy, grace=30.0, limit=3)
    watched.wait_for_ticks(40)
    session = platform.leading_session("beat")
    beat.kill()
    platform.wait_closed(session)
    down_since = watched.lose_time(60)
    platform.beat("beat-1")
    up_since = platform.database.one(
        "SELECT date_part('epoch', leader_since) FROM executors_process"
        " WHERE leader_since IS NOT NULL AND role = 'beat'"
    )
    watched.wait_for_ticks(40)
    assert not watched.check([Outage(down_since, up_since)]).faults


@pytest.mark.skipif(not has_compiler, reason="there is no C compiler to shift a clock with")
def test_steps_of_its_clock_change_nothing(platform: Platform, watched: Watched) -> None:
    clock = ShiftedClock(platform.directory)
    clock.set(HOUR)
    beat = platform.beat("beat-1", **clock.environment)
    watched.add(50)
    for shift in (0, -HOUR, HOUR, -HOUR):
        watched.wait_for_ticks(100)
        clock.set(shift)
    watched.wait_for_ticks(100)
    assert not watched.check().faults
    assert beat.is_running()
    assert not platform.database.query(
        """
        SELECT id FROM jobs_job
         WHERE abs(('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint
                   - date_part('epoch', created_at) * 1000) > 60000
        """
    )


def test_users_own_task_is_sent_for_every_tick(platform: Platform, watched: Watched) -> None:
    platform.database.query(OWN_TASK)
    leader, standby = platform.beat("beat-1"), platform.beat("beat-2", leads=False)
    for _ in range(2):
        before = runs(platform)
        platform.wait_until(lambda than=before: runs(platform) >= than + 2, what="two more runs")
        leader.kill()
        platform.wait_until(lambda its=standby: platform.leads(its), what="the standby leads")
        leader, standby = standby, platform.beat(leader.name, leads=False)
    stop_ticks(platform)
    broker = redis.Redis.from_url(platform.valkey.url)
    messages = [json.loads(message) for message in broker.lrange("nobody", 0, -1)]
    broker.delete("nobody")
    ids = [message["headers"]["id"] for message in messages]
    assert len(set(ids)) == runs(platform)
    # Whoever is killed, or slow, between sending a message and writing that down leaves it to the
    # next, which sends it under the same id; that is not the rule.
    assert len(ids) < 2 * len(set(ids))


def runs(platform: Platform) -> int:
    """How often the user's own task has run, as its page shows."""
    return int(
        platform.database.one(
            "SELECT total_run_count FROM django_celery_beat_periodictask WHERE name = 'own'"
        )
    )
