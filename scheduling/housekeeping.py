"""What the leading dispatcher has done beside dispatching: what is old is removed."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import connection

from executors import retention
from jobs.expiry import prune_expired
from scheduling.background import Background, round_of
from scheduling.dispatching import memory
from scheduling.forgetting import forget_one

logger = logging.getLogger("celeriac.housekeeping")

BATCH = 1000


class Housekeeper(Background):
    """A thread that prunes every `PRUNE_INTERVAL` seconds, on a connection of its own.

    The first round comes after one interval.
    """

    name = "housekeeper"

    def _run(self) -> None:
        while not self._stopping.wait(settings.CELERIAC["PRUNE_INTERVAL"]):
            with round_of(logger, "Pruning is put off"):
                self._prune()

    def _prune(self) -> None:
        removed = 0
        while not self._stopping.is_set() and (batch := retention.prune_once(BATCH)):
            removed += batch
        if removed:
            logger.info("Removed %d old jobs.", removed)
        for prune in (retention.prune_checks, prune_expired):
            while not self._stopping.is_set() and prune(BATCH):
                pass
        while not self._stopping.is_set() and forget_one():
            logger.info("Removed an executor that has been gone for long.")
        with connection.cursor() as cursor:
            memory.forget(cursor)
