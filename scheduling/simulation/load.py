"""A load made up for a simulation: the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from random import Random

from jobs.wishes import Placing
from scheduling.simulation.jobs import SimulatedJob

_AT_A_TIME = 10_000


class Distribution(StrEnum):
    """How the durations of a type are spread."""

    FIXED = "fixed"
    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"
    """With a long tail: a sigma of 1."""


class Shape(StrEnum):
    """What becomes of wide jobs."""

    SPREAD = "spread"
    """Chunks, on any executors."""
    PACK = "pack"
    """Chunks, on one executor."""
    WHOLE = "whole"
    """One lease of many slots: it can't be split."""


@dataclass(frozen=True, slots=True)
class TypeLoad:
    """Jobs of a type: `share` is its weight among types, `seconds` how long one takes on average.

    A wide one takes as long, on each of its slots.
    """

    name: str
    seconds: float
    share: float = 1.0
    distribution: Distribution = Distribution.EXPONENTIAL


@dataclass(frozen=True, slots=True)
class Load:
    """Jobs that arrive at random, `rate` a second on average; `waiting` are there at the start."""

    jobs: int
    rate: float
    types: Sequence[TypeLoad]
    priorities: Sequence[tuple[int, float]] = ((5, 1.0),)
    """(priority, weight)"""
    wide_share: float = 0.0
    wide_demand: int = 8
    shape: Shape = Shape.SPREAD
    waiting: int = 0
    seed: int = 1

    def slot_seconds(self) -> float:
        """What a job takes on average, in seconds of one slot."""
        total = sum(its.share for its in self.types)
        mean = sum(its.seconds * its.share for its in self.types) / total
        return mean * (1 + self.wide_share * (self.wide_demand - 1))


def generate(load: Load) -> Iterator[SimulatedJob]:
    """The jobs in the order of their arrival."""
    random = Random(load.seed)
    now = 0.0
    for number, (its, priority) in zip(range(load.jobs), _draws(load, random), strict=False):
        if number >= load.waiting:
            now += random.expovariate(load.rate)
        wide = load.wide_share and random.random() < load.wide_share
        demand = load.wide_demand if wide else 1
        yield SimulatedJob(
            id=f"{number:09}",
            type=its.name,
            priority=priority,
            age=0.0,
            thread_demand=demand,
            chunkable=load.shape is not Shape.WHOLE,
            placement=Placing.PACK if load.shape is Shape.PACK else Placing.SPREAD,
            arrived=now,
            work=_seconds(its, random) * demand,
        )


def _draws(load: Load, random: Random) -> Iterator[tuple[TypeLoad, int]]:
    shares = [its.share for its in load.types]
    priorities = [priority for priority, _ in load.priorities]
    weights = [weight for _, weight in load.priorities]
    for _ in count():
        types = random.choices(load.types, shares, k=_AT_A_TIME)
        yield from zip(types, random.choices(priorities, weights, k=_AT_A_TIME), strict=True)


def _seconds(its: TypeLoad, random: Random) -> float:
    match its.distribution:
        case Distribution.FIXED:
            return its.seconds
        case Distribution.EXPONENTIAL:
            return random.expovariate(1 / its.seconds)
        case Distribution.LOGNORMAL:
            # exp(1/2) is the mean of a lognormal of sigma 1.
            return its.seconds * random.lognormvariate(-0.5, 1)
