"""Job types that behave, and misbehave, in every way that the platform must stand."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.types import Payload, job_type
from tests.support.gates import announce
from tests.support.workload import heralds, loners, talkers  # noqa: F401  (register their own)
from tests.support.workload.latches import Latch, wait


class Nothing(Payload):
    pass


class Number(Payload):
    n: int = 0


class Seconds(Payload):
    seconds: float = 0.001


class Nap(Payload):
    n: int
    seconds: float


class Message(Payload):
    message: str = ""


class Member(Payload):
    """Of a batch: a number, and maybe a latch to wait at, or poison."""

    n: int
    latch: Latch | None = None
    poison: bool = False


@job_type("noop")
def noop(context: JobContext, payload: Nothing) -> Nothing:
    """Does nothing."""
    return payload


@job_type("echo")
def echo(context: JobContext, payload: Number) -> Number:
    """Gives back its number."""
    return payload


@job_type("nap")
def nap(context: JobContext, payload: Nap) -> Number:
    """Gives back its number after a while in which it needs no core."""
    time.sleep(payload.seconds)
    return Number(n=payload.n)


@job_type("burn")
def burn(context: JobContext, payload: Seconds) -> Nothing:
    """Keeps a core busy for so many seconds of CPU time."""
    end = time.thread_time() + payload.seconds
    while time.thread_time() < end:
        pass
    return Nothing()


@job_type("raise_error")
def raise_error(context: JobContext, payload: Message) -> Nothing:
    """Raises."""
    raise RuntimeError(payload.message)


@job_type("fail_until")
def fail_until(context: JobContext, payload: Number) -> Number:
    """Fails before attempt number `n`."""
    if context.attempt < payload.n:
        raise RuntimeError(f"attempt {context.attempt} fails")
    return Number(n=context.attempt)


@job_type("wrong_result")
def wrong_result(context: JobContext, payload: Nothing) -> Number:
    """Returns what does not fit."""
    return "not a number"


@job_type("kill_process")
def kill_process(context: JobContext, payload: Nothing) -> Nothing:
    """Ends its process at once, as the kernel would for want of memory."""
    os.kill(os.getpid(), 9)
    return Nothing()


@job_type("exit_process")
def exit_process(context: JobContext, payload: Nothing) -> Nothing:
    """Asks the interpreter to exit."""
    sys.exit(3)


@job_type("memory_error")
def memory_error(context: JobContext, payload: Nothing) -> Nothing:
    """Runs out of memory."""
    raise MemoryError


class Escape(BaseException):
    """What `except Exception` does not catch."""


@job_type("escape")
def escape(context: JobContext, payload: Nothing) -> Nothing:
    """Raises what is no Exception."""
    raise Escape


@job_type("leave_process")
def leave_process(context: JobContext, payload: Nothing) -> Nothing:
    """Leaves its process without a word."""
    os._exit(7)


@job_type("member")
def member(context: JobContext, payload: Member) -> Number:
    """Good jobs and bad ones, all of one type, so that they share a batch."""
    if payload.poison:
        os.kill(os.getpid(), 9)
    if payload.latch:
        wait(context, payload.latch)
    return Number(n=payload.n)


@job_type("latch")
def latch(context: JobContext, payload: Latch) -> Nothing:
    """Tells that it started and waits for its gate; heeds cancellation unless told not to."""
    wait(context, payload)
    return Nothing()


@job_type("latch_once", repeatable=False)
def latch_once(context: JobContext, payload: Latch) -> Nothing:
    """The same, never to be repeated."""
    wait(context, payload)
    return Nothing()


@job_type("stubborn")
def stubborn(context: JobContext, payload: Latch) -> Nothing:
    """Waits for its gate and lets nothing that is raised stop it."""
    while True:
        with suppress(Exception):
            wait(context, payload)
            return Nothing()


@job_type("threads_given")
def threads_given(context: JobContext, payload: Nothing) -> Number:
    """The slots that it was given."""
    return Number(n=context.threads)


@job_type("make_progress")
def make_progress(context: JobContext, payload: Latch) -> Nothing:
    """Reports half its way, then waits."""
    context.progress(0.5, "half way")
    wait(context, payload)
    return Nothing()


class Shard(Payload):
    """One part's worth: a number, and whatever may happen on the way to it."""

    n: int
    latch: Latch | None = None
    poison: bool = False
    fails: int = 0
    filler: int = 0


class Shards(Payload):
    shards: list[Shard]
    latch: Latch | None = None
    broken: bool = False


class ShardSum(Payload):
    n: int
    filler: str = ""


@job_type("shards")
class SumOfShards(Chunkable[Shards, Shard, ShardSum, Number]):
    """Adds up the numbers of its shards, each a chunk of its own."""

    def split(self, payload: Shards, parts: int) -> list[Shard]:
        return payload.shards

    def run_chunk(self, context: JobContext, part: Shard) -> ShardSum:
        if part.poison:
            os.kill(os.getpid(), 9)
        if context.attempt <= part.fails:
            raise RuntimeError(f"attempt {context.attempt} at shard {part.n} fails")
        if part.latch:
            wait(context, part.latch)
        return ShardSum(n=part.n, filler="x" * part.filler)

    def combine(self, payload: Shards, results: Sequence[ShardSum]) -> Number:
        if payload.broken:
            raise RuntimeError("nothing fits together")
        if payload.latch:
            announce(Path(payload.latch.started))
            while not Path(payload.latch.gate).exists():
                time.sleep(0.01)
        return Number(n=sum(result.n for result in results))
