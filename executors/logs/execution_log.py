"""The log of one execution while it runs: within its limit, as lines on a spool."""

from __future__ import annotations

import time
from collections import deque

from executors.logs.lines import LINE_MAX_BYTES, Level, Line, Stream, shown, storable
from executors.logs.spool import Spool
from executors.logs.store import Entry

TAIL_MAX_BYTES = 64 * 1024
"""Of a log that is cut, the last lines are kept, too: so many bytes, or a quarter of the limit."""

_LEVELS = {Stream.STDOUT: Level.INFO, Stream.STDERR: Level.WARNING}


class ExecutionLog:
    """Takes what a handler says, from any of its threads, and puts it on the spool.

    The first lines are kept until the log's limit (bytes), then a note, and from there on the
    last lines, which wait in memory until the log is closed. What comes after that is dropped.
    `origin` is added to the monotonic clock to make a line's time.
    """

    def __init__(
        self, spool: Spool, job_id: str, execution_id: str, *, origin: float, limit: int
    ) -> None:
        self._spool = spool
        self._job_id = job_id
        self._execution_id = execution_id
        self._origin = origin
        self._tail_max = min(limit // 4, TAIL_MAX_BYTES)
        self._room = limit - self._tail_max
        self._limit = limit
        self._place = 0
        self._unfinished: dict[Stream, str] = {}
        self._tail: Tail | None = None
        self._is_closed = False

    def record(self, level: int, text: str) -> None:
        """Takes a record of a logger."""
        with self._spool.lock:
            self._add(text, Level.of(level), Stream.LOGGER)

    def write(self, stream: Stream, text: str) -> None:
        """Takes what was written to a stream; a line counts once it ends."""
        with self._spool.lock:
            if self._is_closed:
                return
            first, *rest = text.split("\n")
            unfinished = self._unfinished.pop(stream, "") + first
            for following in rest:
                self._add(shown(unfinished), _LEVELS[stream], stream)
                unfinished = following
            if unfinished:
                self._unfinished[stream] = _bounded(unfinished)

    def close(self) -> None:
        """Takes what is left of unfinished lines, and gives out the last lines of a cut log."""
        with self._spool.lock:
            for stream, text in self._unfinished.items():
                self._add(shown(text), _LEVELS[stream], stream)
            self._is_closed = True
            if self._tail is not None:
                self._give_out(self._tail)

    def _add(self, text: str, level: Level, stream: Stream) -> None:
        if self._is_closed:
            return
        line = Line(storable(text), level, stream, self._origin + time.monotonic())
        if self._tail is not None:
            self._tail.add(line)
        elif line.cost <= self._room and self._spool.has_room(line.cost):
            self._room -= line.cost
            self._put(line)
        else:
            self._put(self._note(self._why_cut(line.cost)))
            self._tail = Tail(self._tail_max)
            self._tail.add(line)

    def _why_cut(self, cost: int) -> str:
        if cost > self._room:
            why = f"it nears its limit of {self._limit:,} bytes"
        else:
            why = "its lines come faster than they can be stored"
        return f"The log is cut here: {why}. Its last lines follow when the execution ends."

    def _give_out(self, tail: Tail) -> None:
        if tail.left_out:
            message = f"{tail.left_out:,} lines ({tail.left_out_bytes:,} bytes) are left out here."
            self._put(self._note(message))
        for line in tail.lines:
            self._put(line)

    def _note(self, text: str) -> Line:
        return Line(text, Level.WARNING, Stream.NOTE, self._origin + time.monotonic())

    def _put(self, line: Line) -> None:
        self._place += 1
        self._spool.put(Entry(self._job_id, self._execution_id, self._place, line))


class Tail:
    """The last lines, up to so many bytes; of the others only how many they were."""

    def __init__(self, limit: int) -> None:
        self.lines: deque[Line] = deque()
        self.left_out = 0
        self.left_out_bytes = 0
        self._room = limit

    def add(self, line: Line) -> None:
        """Adds a line, and lets go of the oldest for which there is no room any more."""
        self.lines.append(line)
        self._room -= line.cost
        while self._room < 0:
            oldest = self.lines.popleft()
            self._room += oldest.cost
            self.left_out += 1
            self.left_out_bytes += len(oldest.text.encode())


def _bounded(text: str) -> str:
    """As much of an unfinished line as can matter: memory must not grow with it."""
    if "\r" in text[:-1]:
        text = text[text.rindex("\r", 0, -1) + 1 :]
    return text if len(text) <= 2 * LINE_MAX_BYTES else text[: 2 * LINE_MAX_BYTES]
