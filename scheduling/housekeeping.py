"""What the leading dispatcher has done beside dispatching: old jobs are removed."""

from __future__ import annotations

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, connection

from executors import retention

logger = logging.getLogger("celeriac.housekeeping")

BATCH = 1000


class Housekeeper:
    """A thread that prunes every `PRUNE_INTERVAL` seconds, on a connection of its own."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins; the first round comes after one interval."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._keep, name="housekeeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the batch at hand."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def _keep(self) -> None:
        while not self._stopping.wait(settings.CELERIAC["PRUNE_INTERVAL"]):
            try:
                self._prune()
            except DatabaseError as error:
                logger.warning("Pruning is put off: %s", str(error).strip())
            finally:
                connection.close()

    def _prune(self) -> None:
        removed = 0
        while not self._stopping.is_set() and (batch := retention.prune_once(BATCH)):
            removed += batch
        if removed:
            logger.info("Removed %d old jobs.", removed)
