"""Job types that say something, by every way there is, and then maybe wait at a gate."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.types import Payload, job_type

logger = logging.getLogger("someones.library")
closed_logger = logging.getLogger("someones.closed_library")
closed_logger.propagate = False
closed_logger.addHandler(logging.NullHandler())


class Words(Payload):
    """`word` marks what is said; then the gate is waited for, if any."""

    word: str
    started: str = ""
    gate: str = ""
    fails: bool = False


class Flood(Payload):
    """So many lines of so many characters, then the gate is waited for, if any."""

    lines: int
    length: int = 100
    gate: str = ""


class Done(Payload):
    pass


class Chunks(Payload):
    words: list[str]


@job_type("speak")
def speak(context: JobContext, payload: Words) -> Done:
    """Says its word in every way."""
    word = payload.word
    context.logger.info("%s by the logger", word)
    context.logger.debug("%s, not kept", word)
    logger.warning("%s by a library", word)
    closed_logger.error("%s by a closed library", word)
    print(f"{word} printed")
    print(f"{word} complained", file=sys.stderr)
    _in_thread(lambda: print(f"{word} by a thread"))
    asyncio.run(_speak(word))
    sys.stdout.write(f"{word} unfinished")
    _wait(payload.started, payload.gate)
    if payload.fails:
        raise RuntimeError(word)
    return Done()


@job_type("flood")
def flood(context: JobContext, payload: Flood) -> Done:
    """Says so many lines."""
    for number in range(payload.lines):
        context.logger.info("%s", f"{number} ".ljust(payload.length, "x"))
    _wait("", payload.gate)
    return Done()


@job_type("spoken_chunks")
class SpokenChunks(Chunkable[Chunks, Words, Done, Done]):
    """Each chunk says its word, and so does what combines them."""

    def split(self, payload: Chunks, parts: int) -> list[Words]:
        return [Words(word=word) for word in payload.words]

    def run_chunk(self, context: JobContext, part: Words) -> Done:
        context.logger.info("%s", part.word)
        return Done()

    def combine(self, payload: Chunks, results: Sequence[Done]) -> Done:
        print("together")
        return Done()


def _in_thread(work: Callable[[], None]) -> None:
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,))
    thread.start()
    thread.join()


async def _speak(word: str) -> None:
    await asyncio.to_thread(print, f"{word} by asyncio")


def _wait(started: str, gate: str) -> None:
    if started:
        Path(started).write_text("here")
    while gate and not Path(gate).exists():
        time.sleep(0.01)
