"""Execution modes, decided by twenty connections at once and by beat beside them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from jobs.models import Job
from jobs.states import JobState
from scheduling import firing
from scheduling.following import follow
from scheduling.models import NextRun, Task
from tests.support.races import Rival
from tests.support.tasks import make_task, seconds, set_due

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 20
EACH = 3


@pytest.fixture
def together() -> Iterator[Callable[[Callable[[Any], object]], None]]:
    """Runs work `EACH` times on each of `RIVALS` connections, all of which start at once."""
    with ThreadPoolExecutor(RIVALS) as pool:
        parameters = connection.get_connection_params()

        def run(work: Callable[[Any], object]) -> None:
            start = threading.Barrier(RIVALS)

            def one() -> None:
                with closing(psycopg2.connect(**parameters)) as its:
                    start.wait(timeout=60)
                    for _ in range(EACH):
                        with its, its.cursor() as cursor:
                            work(cursor)

            for done in [pool.submit(one) for _ in range(RIVALS)]:
                done.result(timeout=120)

        yield run


def counts(task: Task) -> Counter[str]:
    return Counter(Job.objects.filter(task_id=task.pk).values_list("status", flat=True))


def test_one_starts_and_the_others_line_up(together: Any) -> None:
    task = make_task("it", None, execution_mode="sequential", max_pending=1000)
    together(lambda cursor: firing.trigger(cursor, str(task.pk)))
    assert counts(task) == {"queued": 1, "waiting": RIVALS * EACH - 1}
    turns = Job.objects.filter(turn__isnull=False).values_list("turn", flat=True)
    assert sorted(turns) == list(range(1, RIVALS * EACH))


def test_the_line_is_never_longer_than_its_limit(together: Any) -> None:
    task = make_task("it", None, execution_mode="sequential", max_pending=7)
    together(lambda cursor: firing.trigger(cursor, str(task.pk)))
    assert counts(task) == {"queued": 1, "waiting": 7, "cancelled": RIVALS * EACH - 8}


def test_one_starts_and_the_others_are_dropped(together: Any) -> None:
    task = make_task("it", None, execution_mode="skip")
    together(lambda cursor: firing.trigger(cursor, str(task.pk)))
    assert counts(task) == {"queued": 1, "cancelled": RIVALS * EACH - 1}


def test_the_last_one_stays(together: Any) -> None:
    task = make_task("it", None, execution_mode="replace")
    together(lambda cursor: firing.trigger(cursor, str(task.pk)))
    assert counts(task) == {"queued": 1, "cancelled": RIVALS * EACH - 1}


def test_each_end_is_followed_once(together: Any) -> None:
    """All follow at once; each parent has one child, and the count of failures is right."""
    then = make_task("then", None)
    task = make_task("it", None, on_failure=then, pause_after_failures=1000)
    for _ in range(50):
        with connection.cursor() as cursor:
            firing.trigger(cursor, str(task.pk))
    now = timezone.now()
    Job.objects.update(status=JobState.FAILED, completed_at=now, error={"code": "failed"})
    together(lambda cursor: follow(cursor, 7))
    with connection.cursor() as cursor:
        while follow(cursor, 7).done:
            pass
    children = Job.objects.filter(task_id=then.pk).values_list("parent_id", flat=True)
    assert len(children) == len(set(children)) == 50
    assert Task.objects.get(pk=task.pk).failures == 50


def test_a_line_moves_on_one_by_one_whoever_ends_follows_and_triggers(together: Any) -> None:
    task = make_task("it", None, execution_mode="sequential", max_pending=1000)
    most = []

    def work(cursor: Any) -> None:
        firing.trigger(cursor, str(task.pk))
        cursor.execute("COMMIT")
        cursor.execute(
            """
            UPDATE jobs_job SET status = 'completed', started_at = now(), completed_at = now()
             WHERE id = (SELECT id FROM jobs_job WHERE status = 'queued' LIMIT 1
                            FOR UPDATE SKIP LOCKED)
            """
        )
        cursor.execute("COMMIT")
        follow(cursor, 10)
        cursor.execute("COMMIT")
        cursor.execute("SELECT count(*) FROM jobs_job WHERE status = 'queued'")
        most.append(cursor.fetchone()[0])

    together(work)
    assert max(most) == 1


def test_beat_waits_for_no_trigger(rival: Rival) -> None:
    """A tick of a task that is being triggered is left to beat's next round."""
    task = make_task("it", "* * * * * *", execution_mode="skip")
    go_on = threading.Event()

    def trigger(cursor: Any) -> str:
        made = firing.trigger(cursor, str(task.pk))
        locked.set()
        assert go_on.wait(60)
        return made.status

    locked = threading.Event()
    with connection.cursor() as cursor:
        now = firing.read_clock(cursor).replace(microsecond=0)
        set_due(task, now - seconds(1))
        triggered = rival.begin(trigger)
        assert locked.wait(60)
        assert not firing.fire_due(cursor, 10).made
        assert NextRun.objects.get().at == now - seconds(1)
        go_on.set()
        assert triggered.result(timeout=60) == "queued"
        assert {made.status for made in firing.fire_due(cursor, 10).made} == {"cancelled"}


def test_a_follower_leaves_what_is_locked_to_its_next_look(rival: Rival) -> None:
    task = make_task("it", None, execution_mode="sequential")
    with connection.cursor() as cursor:
        firing.trigger(cursor, str(task.pk))
        now = timezone.now()
        Job.objects.update(status=JobState.COMPLETED, started_at=now, completed_at=now)
        go_on, locked = threading.Event(), threading.Event()

        def hold(cursor: Any) -> None:
            firing.lock_task(cursor, str(task.pk))
            locked.set()
            assert go_on.wait(60)

        held = rival.begin(hold)
        assert locked.wait(60)
        assert (follow(cursor, 10).done, follow(cursor, 10).left) == (0, 1)
        go_on.set()
        held.result(timeout=60)
        assert follow(cursor, 10).done == 1
