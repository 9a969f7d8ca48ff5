"""What chunks split by."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from jobs.shares import share, shares


@given(st.integers(0, 10**12), st.integers(1, 1000))
def test_shares_cover_everything_once_and_equally(length: int, parts: int) -> None:
    found = shares(length, parts)
    assert found[0][0] == 0
    assert found[-1][1] == length
    assert all(before[1] == after[0] for before, after in pairwise(found))
    sizes = {stop - start for start, stop in found}
    assert max(sizes) - min(sizes) <= 1
    assert len(found) == max(1, min(parts, length))
    assert length == 0 or 0 not in sizes


def test_a_share_may_be_empty() -> None:
    assert [share(2, index, 3) for index in range(3)] == [(0, 0), (0, 1), (1, 2)]
