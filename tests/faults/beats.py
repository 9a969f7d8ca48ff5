"""Watches what beats fire on a platform, and holds it against what should have been fired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support import ticks
from tests.support.platform import Platform
from tests.support.process import Process
from tests.support.task_rows import insert_tasks
from tests.support.ticks import Outage, Plan, Verdict


def stop_ticks(platform: Platform) -> None:
    """No task and no user's own task ticks any more; returns when none is under way."""
    database = platform.database
    database.query("UPDATE django_celery_beat_periodictask SET enabled = false")
    due = """
        SELECT 1 FROM scheduling_nextrun WHERE at IS NOT NULL OR changed_at IS NOT NULL
        UNION ALL SELECT 1 FROM scheduling_unsenttick
    """
    platform.wait_until(lambda: not database.query(due), what="nothing is due any more")


class Watched:
    """Tasks that tick while a test does its worst; their jobs are held back, as nobody works."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._made: dict[str, tuple[float, dict[str, Any]]] = {}

    def add(self, count: int, every: int = 1, **about: Any) -> list[str]:
        """Stores tasks that tick every so many seconds."""
        expression = "* * * * * *" if every == 1 else f"*/{every} * * * * *"
        with self._platform.database.transaction(cursor_factory=None) as cursor:
            ids = insert_tasks(
                cursor, count, expression, prefix=f"watched-{len(self._made)}-", **about
            )
        policy = {key: about[key] for key in ("policy", "grace", "limit") if about.get(key)}
        self._made |= {id_: (self.now(), {"every": every} | policy) for id_ in ids}
        return ids

    def now(self) -> float:
        """The database's clock, in seconds since the epoch."""
        return float(self._platform.database.one("SELECT date_part('epoch', clock_timestamp())"))

    def count(self) -> int:
        """Ticks so far."""
        return int(
            self._platform.database.one(
                "SELECT count(*) FROM jobs_job WHERE scheduled_for IS NOT NULL"
            )
        )

    def wait_for_ticks(self, more: int = 1) -> None:
        """Waits until that many more have been fired."""
        wanted = self.count() + more
        self._platform.wait_until(lambda: self.count() >= wanted, what=f"{more} more ticks")

    def lose_time(self, seconds: float) -> float:
        """As if nobody had fired anything for so long, while no beat runs; since when (epoch)."""
        database = self._platform.database
        database.query("DELETE FROM jobs_job WHERE task_id = ANY(%s::uuid[])", [list(self._made)])
        since = float(
            database.query(
                """
                UPDATE scheduling_nextrun
                   SET at = date_trunc('second', now()) - %s * interval '1 s'
                RETURNING date_part('epoch', at) AS at
                """,
                [seconds],
            )[0]["at"]
        )
        self._made = {id_: (since - 1, about) for id_, (_, about) in self._made.items()}
        return since

    def check(self, outages: Sequence[Outage] = ()) -> Verdict:
        """What was wrong from the first moment until now."""
        until = self.now()
        # A next run moves on in the transaction that makes the ticks before it.
        due = "SELECT 1 FROM scheduling_nextrun WHERE at <= to_timestamp(%s)"
        self._platform.wait_until(
            lambda: not self._platform.database.query(due, [until]), what="all that is due is fired"
        )
        plans = {
            # The first ticks may be those of the second in which the task was made.
            id_: Plan(since=made + 1, until=until, **about)
            for id_, (made, about) in self._made.items()
        }
        with self._platform.database.transaction(cursor_factory=None) as cursor:
            found = [
                tick
                for tick in ticks.read_ticks(cursor)
                if tick.task in plans and tick.second >= plans[tick.task].since
            ]
        return ticks.check(plans, found, outages)

    def begin(self) -> None:
        """Ends the beats of other tests."""
        for beat in self._beats():
            beat.kill()

    def end(self) -> None:
        """No more ticks, and no open jobs left of those that there were."""
        database = self._platform.database
        if not self._beats():
            self._platform.beat()
        stop_ticks(self._platform)
        ids = [str(row["id"]) for row in database.query("SELECT id FROM jobs_job WHERE is_active")]
        self._platform.client.cancel(*ids)
        for table in ("scheduling_task", "scheduling_unsenttick", "scheduling_nextrun"):
            database.query(f"DELETE FROM {table}")
        database.query("DELETE FROM django_celery_beat_periodictask")

    def _beats(self) -> list[Process]:
        return [
            process
            for process in self._platform.processes.values()
            if process.name.startswith("beat") and process.is_running()
        ]
