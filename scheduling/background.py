"""Threads that the leading dispatcher keeps beside it."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connection

from jobs.timelimit import TookTooLong


class Background(ABC):
    """A thread that can be started anew after each stop; `_run` ends once `_stopping` is set."""

    name: str

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends after the transaction at hand."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    @abstractmethod
    def _run(self) -> None:
        """What the thread does."""


@contextmanager
def round_of(logger: logging.Logger, late: str) -> Iterator[None]:
    """A round of a thread's work: what goes wrong in it is logged, so that the next one comes.

    `late` says what is not done now.
    """
    try:
        yield
    except (DatabaseError, InterfaceError, TookTooLong) as error:
        logger.warning("%s: %s", late, str(error).strip())
    except Exception:
        logger.exception("%s.", late)
    finally:
        connection.close()
