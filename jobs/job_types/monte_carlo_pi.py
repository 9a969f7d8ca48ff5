"""The job type `monte_carlo_pi`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.shares import shares
from jobs.types import Payload, job_type

MOST_SAMPLES = 10**12
"""Some hours of one core."""


class MonteCarloPi(Payload):
    """How many points to draw, and from which seed."""

    samples: int = Field(ge=1, le=MOST_SAMPLES, description="Points to draw.")
    seed: int = Field(0, ge=0, lt=2**63, description="The same seed gives the same points.")


class PiEstimate(Payload):
    """What the points say."""

    pi: float = Field(description="The estimate: four times the share of points inside.")
    inside: int = Field(description="Points within 1 of the origin.")
    samples: int = Field(description="Points drawn.")


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of points from `first` up to `stop`."""

    payload: MonteCarloPi
    first: int
    stop: int


class Inside(Payload):
    """How many points of a chunk are within 1 of the origin."""

    inside: int


@job_type("monte_carlo_pi")
class PiEstimation(Chunkable[MonteCarloPi, Blocks, Inside, PiEstimate]):
    """Estimates pi from random points in the unit square.

    The result depends on samples and seed alone, not on the number of chunks: points are drawn in
    blocks, each from a generator of its own.
    """

    def split(self, payload: MonteCarloPi, parts: int) -> Sequence[Blocks]:
        """Ranges of blocks, as equal as can be."""
        from jobs.darts import block_count

        blocks = shares(block_count(payload.samples), parts)
        return [Blocks(payload, first, stop) for first, stop in blocks]

    def run_chunk(self, context: JobContext, part: Blocks) -> Inside:
        """Draws the points of some blocks."""
        from jobs.darts import count_inside

        seed, samples = part.payload.seed, part.payload.samples
        return Inside(inside=count_inside(seed, samples, part.first, part.stop, context.progress))

    def combine(self, payload: MonteCarloPi, results: Sequence[Inside]) -> PiEstimate:
        """Adds up and divides."""
        inside = sum(result.inside for result in results)
        return PiEstimate(pi=4 * inside / payload.samples, inside=inside, samples=payload.samples)
