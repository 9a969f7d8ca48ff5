"""Lines of a log, made fit to be stored. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

LINE_MAX_BYTES = 16 * 1024
"""Bytes of one line's text; what is beyond them is cut off, with a note."""

ROW_BYTES = 64
"""What a line counts beside its text, so that empty lines can't fill a table either."""


class Stream(StrEnum):
    """Where a line came from."""

    LOGGER = "logger"
    STDOUT = "stdout"
    STDERR = "stderr"
    NOTE = "note"
    """Celeriac's own word on the log, such as where it was cut."""


class Level(IntEnum):
    """How grave a line is, in the numbers of Python's `logging`."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    CRITICAL = 50

    @property
    def label(self) -> str:
        """Its name in the API."""
        return self.name.lower()

    @classmethod
    def of(cls, number: int) -> Level:
        """The known level at or below a number of `logging`; the lowest for any beneath."""
        return cls(min(max(number // 10 * 10, cls.DEBUG), cls.CRITICAL))

    @classmethod
    def called(cls, label: str) -> Level:
        """The level of that name; raises KeyError."""
        return cls[label.upper()]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or one record with its traceback.

    `at` is in seconds since the epoch by the database's clock; None: when it is stored.
    """

    text: str
    level: int = Level.INFO
    stream: Stream = Stream.LOGGER
    at: float | None = None

    @property
    def cost(self) -> int:
        """Bytes that it counts against the limit of its log."""
        return len(self.text.encode()) + ROW_BYTES


def storable(text: str) -> str:
    """The text as Postgres takes it, and no longer than a line may be."""
    head = text[:LINE_MAX_BYTES].replace("\0", "\N{SYMBOL FOR NULL}")
    encoded = head.encode("utf-8", "replace")
    kept = encoded[:LINE_MAX_BYTES].decode("utf-8", "ignore")
    left_out = len(text) - len(kept)
    return f"{kept} … [{left_out:,} more characters]" if left_out else kept


def shown(text: str) -> str:
    """A line of a stream as a terminal shows it: a carriage return starts it anew."""
    return text.rstrip("\r").rpartition("\r")[2]
