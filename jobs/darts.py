"""Random points in the unit square, drawn in blocks of fixed size. No Django, no database.

A block's points depend on the seed and the block's index alone, so that it does not matter who
draws which block, nor in which order. Imported where it is needed only, as NumPy is large.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

BLOCK = 1 << 18
"""Points in a block, of which the last may have fewer. Another number gives other results."""
BATCH = 1 << 15
"""Points held at a time: both coordinates fit into a core's own cache."""


def block_count(points: int) -> int:
    """The blocks that so many points make."""
    return -(-points // BLOCK)


def count_inside(
    seed: int, points: int, first: int, stop: int, progress: Callable[[float], None]
) -> int:
    """How many of the points in the blocks from `first` up to `stop` are within 1 of the origin.

    `points` is how many there are in all blocks; `progress` is told the fraction done, from 0
    to 1, after each block.
    """
    x, y, near = np.empty(BATCH), np.empty(BATCH), np.empty(BATCH, dtype=bool)
    inside = 0
    for block in range(first, stop):
        generator = np.random.Generator(np.random.SFC64(np.random.SeedSequence((seed, block))))
        remaining = min(BLOCK, points - block * BLOCK)
        for size in _batches(remaining):
            inside += _throw(generator, x[:size], y[:size], near[:size])
        progress((block + 1 - first) / (stop - first))
    return inside


def _batches(points: int) -> list[int]:
    full, rest = divmod(points, BATCH)
    return [BATCH] * full + ([rest] if rest else [])


def _throw(generator: np.random.Generator, x: np.ndarray, y: np.ndarray, near: np.ndarray) -> int:
    """Fills the buffers anew; all of it works in place, and lets other threads run meanwhile."""
    generator.random(out=x)
    generator.random(out=y)
    np.multiply(x, x, out=x)
    np.multiply(y, y, out=y)
    np.add(x, y, out=x)
    np.less(x, 1.0, out=near)
    return int(np.count_nonzero(near))
