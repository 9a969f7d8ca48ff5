"""Hears what a handler says: its records of `logging`, and what it prints.

A context variable tells whose log it belongs to, so that threads of one process, asyncio's tasks
and threads started with a copied context each find theirs. All goes on to where it went before.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from executors.logs.execution_log import ExecutionLog
from executors.logs.lines import Stream

_log: ContextVar[ExecutionLog | None] = ContextVar("celeriac_log", default=None)
_formatter = logging.Formatter()
_installing = threading.Lock()
_installed = False


@contextmanager
def into(log: ExecutionLog) -> Iterator[None]:
    """What is said in this context while the block lasts goes into the log, too."""
    _install()
    token = _log.set(log)
    try:
        yield
    finally:
        _log.reset(token)


class Overheard:
    """A standard stream; what is written in an execution's context goes into its log, too."""

    def __init__(self, stream: Any, name: Stream) -> None:
        self._stream = stream
        self._name = name

    def write(self, text: str) -> Any:
        """As the stream's own."""
        log = _log.get()
        if log is None:
            return self._stream.write(text)
        # Under Celery the stream is a logger's, whose record is not to be heard a second time.
        token = _log.set(None)
        try:
            written = self._stream.write(text)
        finally:
            _log.reset(token)
        log.write(self._name, text)
        return written

    def writelines(self, lines: Any) -> None:
        """As the stream's own."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _install() -> None:
    """Once a process for `logging`; again for streams that took the place of ours."""
    global _installed
    if not isinstance(sys.stdout, Overheard):
        sys.stdout = Overheard(sys.stdout, Stream.STDOUT)
    if not isinstance(sys.stderr, Overheard):
        sys.stderr = Overheard(sys.stderr, Stream.STDERR)
    if not _installed:
        with _installing:
            if not _installed:
                _hear_records()
                _installed = True


def _hear_records() -> None:
    """By the factory of records, as many a logger passes none on to the root's handlers."""
    logging.setLogRecordFactory(_overheard(logging.getLogRecordFactory()))
    handlers_own = logging.getLogger("celeriac.job")
    if handlers_own.level == logging.NOTSET:
        handlers_own.addFilter(_is_for_worker)
        handlers_own.setLevel(settings.CELERIAC["JOB_LOG_LEVEL"])


def _is_for_worker(record: logging.LogRecord) -> bool:
    """Whether a record that is kept would have been made at the worker's own level."""
    return record.levelno >= logging.getLogger("celeriac").getEffectiveLevel()


def _overheard(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def make_and_keep(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        log = _log.get()
        # `logging.makeLogRecord` makes an empty one first.
        if log is not None and record.levelno is not None:
            log.record(record.levelno, _text(record))
        return record

    return make_and_keep


def _text(record: logging.LogRecord) -> str:
    """The record's message, with its traceback."""
    try:
        parts = [record.getMessage()]
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # as `logging` itself, which complains on standard error
        parts = [f"{record.msg!s} (its arguments do not fit)"]
    if record.exc_info and record.exc_info[0]:
        parts.append(_formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(_formatter.formatStack(record.stack_info))
    return "\n".join(parts)
