"""The scheduler that `celery -A config beat` runs (CELERY_BEAT_SCHEDULER)."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

from celery.utils.log import get_logger
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from scheduling.beat.beat import Beat
from scheduling.beat.outbox import Message

logger = get_logger(__name__)

PATIENCE = 5
"""Seconds that the broker has to answer."""


class Scheduler(DatabaseScheduler):
    """django-celery-beat's scheduler, except that it loads nothing and one of several leads.

    Any number may run: those that don't lead stand by.
    """

    _beat: Beat | None = None

    def setup_schedule(self) -> None:
        """Stores the entries that the settings name, and loads none."""
        self.install_default_entries({})
        self.update_from_dict(self.app.conf.beat_schedule)

    def update_from_dict(self, mapping: Mapping[str, dict[str, Any]]) -> None:
        """Stores entries of the settings."""
        for name, fields in mapping.items():
            try:
                self.Entry.from_entry(name, app=self.app, **fields)
            except Exception:  # as in the stock scheduler, the others still count
                logger.exception("The entry %r of the settings can't be stored: %r", name, fields)

    @property
    def schedule(self) -> dict[str, ModelEntry]:
        """Nothing: what is due is asked of the database."""
        return {}

    def tick(self, *_: Any, **__: Any) -> float:
        """Fires what is due, or stands by; seconds until the next call."""
        if self._beat is None:
            self._beat = Beat(self._connect, self._send)
            # Thousands of ticks make much garbage: its collector need not look at the modules too.
            gc.collect()
            gc.freeze()
        return self._beat.step()

    def sync(self) -> None:
        """Nothing is kept in memory that would have to be written."""

    def close(self) -> None:
        """Gives up the lead."""
        super().close()
        if self._beat is not None:
            self._beat.close()

    def _connect(self) -> None:
        """Makes sure of the broker, or says within seconds that it is away."""
        with self.app.producer_pool.acquire(block=True, timeout=PATIENCE) as producer:
            producer.connection.ensure_connection(max_retries=1, timeout=PATIENCE)

    def _send(self, message: Message) -> None:
        entry = self.Entry(message.periodic_task, app=self.app)
        entry.options |= {"task_id": message.id, "retry": False}
        logger.info("Sending due task %s (%s)", entry.name, entry.task)
        self.apply_async(entry, advance=False)
