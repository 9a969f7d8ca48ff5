"""What the gateway decides. Pure: no Django, no I/O. Times are in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

BUSY_FOR = 1.0
"""For which an executor that said it is busy is left alone, at first."""
BUSY_AT_MOST = 15.0
FAILED_FOR = 2.0
"""The same for one that could not be handed something over."""
FAILED_AT_MOST = 60.0


def left_alone(refusals: int, *, busy: bool) -> float:
    """For how long an executor gets nothing after it did not take `refusals` calls in a row."""
    first, most = (BUSY_FOR, BUSY_AT_MOST) if busy else (FAILED_FOR, FAILED_AT_MOST)
    return min(first * 2.0 ** min(max(refusals - 1, 0), 10), most)


def busy_with(
    known: Mapping[str, Mapping[str, float]], tasks: Iterable[str], now: float
) -> dict[str, Mapping[str, float]]:
    """By task, `until` when an executor gets none of its jobs, after it said that it is busy.

    It has said so of these `tasks` now, and of those `known` before; `now` and `until` are in epoch
    seconds. What it said long ago is forgotten, and the pauses begin short again.
    """
    found = {id_: its for id_, its in known.items() if its["until"] > now - BUSY_AT_MOST}
    for id_ in tasks:
        refusals = (found[id_]["refusals"] if id_ in found else 0) + 1
        pause = left_alone(int(refusals), busy=True)
        found[id_] = {"until": now + pause, "refusals": refusals}
    return found


GAP = 5.0
"""Seconds without a look, after which looking has begun anew."""


class Attention:
    """How long somebody has been looking without a break, by any clock that only goes on."""

    def __init__(self, now: float) -> None:
        self._since = self._last = now

    def look(self, now: float) -> float:
        """Looks once more; for how long that has gone on."""
        if now - self._last > GAP:
            self._since = now
        self._last = now
        return now - self._since


class Fate(StrEnum):
    """What becomes of an execution that its executor did not take."""

    HAND_BACK = "hand_back"
    """Another executor gets it, at no cost."""
    FAIL = "fail"
    """The attempt has failed; its job's retry policy says what follows."""
    LOSE = "lose"
    """It may run there, and must not run twice."""


def fate(*, busy: bool, uncertain: bool, repeatable: bool, failed_before: int, limit: int) -> Fate:
    """What becomes of it, after `failed_before` failed hand-overs of the same attempt."""
    if busy:
        return Fate.HAND_BACK
    if uncertain and not repeatable:
        return Fate.LOSE
    return Fate.FAIL if failed_before + 1 >= limit else Fate.HAND_BACK


@dataclass(frozen=True, slots=True)
class Watched:
    """An execution that an HTTP executor has.

    All but `timeout` are ages, None where it has not happened: since it was claimed, since its
    executor took it or was last heard of it, since it was asked to stop, since the executor was
    told so, since the executor signed off.
    """

    claimed: float
    heard: float | None
    timeout: float | None = None
    asked: float | None = None
    told: float | None = None
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited: for an answer, for what was asked to stop, for any sign of life.

    And for what an executor ran when it signed off.
    """

    answer: float
    cancel: float
    silence: float
    linger: float


class Verdict(StrEnum):
    """What has to be done about an execution."""

    NOT_TAKEN = "not_taken"
    """Whoever handed it over is gone."""
    TELL = "tell"
    """Its executor has to be told to stop it."""
    CANCEL = "cancel"
    """It did not stop in time: it counts as cancelled."""
    TIME_OUT = "time_out"
    LOSE = "lose"
    LEFT_BEHIND = "left_behind"
    """Its executor signed off and has not reported it: it is lost."""


def verdict(its: Watched, patience: Patience) -> Verdict | None:
    """What has to be done now; None if it may go on."""
    if its.heard is None:
        return Verdict.NOT_TAKEN if its.claimed > patience.answer else None
    if its.asked is not None:
        if its.asked > patience.cancel:
            return Verdict.CANCEL
        return Verdict.TELL if its.told is None else None
    if its.left is not None and its.left > patience.linger:
        return Verdict.LEFT_BEHIND
    if its.timeout is not None:
        return Verdict.TIME_OUT if its.claimed > its.timeout else None
    return Verdict.LOSE if its.heard > patience.silence else None
