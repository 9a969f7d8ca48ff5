"""The job type `monte_carlo_pi`: the same points, whatever the number of chunks."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs import darts, types
from jobs.errors import DeadlineExceeded, JobCancelled
from tests.support.chunked import chunk_results, in_chunks, in_one_piece

NAME = "monte_carlo_pi"


@given(st.integers(1, 500), st.integers(0, 2**63 - 1), st.integers(1, 40))
def test_the_result_is_the_same_for_any_number_of_chunks(
    samples: int, seed: int, count: int
) -> None:
    payload = {"samples": samples, "seed": seed}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(darts, "BLOCK", 64)
        patch.setattr(darts, "BATCH", 24)
        whole = in_one_piece(NAME, payload)
        assert in_chunks(NAME, payload, count) == whole
    assert whole["samples"] == samples
    assert whole["pi"] == 4 * whole["inside"] / samples


@pytest.mark.parametrize("count", [1, 2, 3, 8, 100])
def test_real_blocks_too(count: int) -> None:
    payload = {"samples": 3 * darts.BLOCK + 1234, "seed": 7}
    result = in_chunks(NAME, payload, count)
    assert result == in_one_piece(NAME, payload)
    # Five standard deviations.
    assert abs(result["pi"] - math.pi) < 5 * 1.64 / math.sqrt(payload["samples"])


def test_the_points_of_a_seed_stay_what_they_were() -> None:
    """Chunks of one job may run on machines with different versions."""
    result = in_one_piece(NAME, {"samples": 2 * darts.BLOCK, "seed": 42})
    assert result == {"pi": 3.1400070190429688, "inside": 411567, "samples": 2 * darts.BLOCK}


def test_other_seeds_and_blocks_have_other_points() -> None:
    samples = darts.BLOCK
    seeds = {in_one_piece(NAME, {"samples": samples, "seed": n})["inside"] for n in range(5)}
    assert len(seeds) > 1
    nothing = lambda _: None  # noqa: E731
    blocks = {darts.count_inside(0, 5 * samples, n, n + 1, nothing) for n in range(5)}
    assert len(blocks) > 1


def test_few_points_make_few_chunks() -> None:
    assert len(chunk_results(NAME, {"samples": 2 * darts.BLOCK + 1}, 8)) == 3
    assert len(chunk_results(NAME, {"samples": 1}, 8)) == 1


@pytest.mark.parametrize(
    "payload",
    [{}, {"samples": 0}, {"samples": 10**12 + 1}, {"samples": 1.5}, {"samples": 1, "seed": -1}],
)
def test_impossible_numbers_are_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        types.get(NAME).load_payload(json.dumps(payload))


def test_it_stops_when_it_is_cancelled_or_late() -> None:
    with pytest.raises(JobCancelled):
        in_one_piece(NAME, {"samples": 10**12}, is_stopped=lambda: True)
    with pytest.raises(DeadlineExceeded):
        in_one_piece(NAME, {"samples": 10**12}, timeout=1.0, deadline=0.0)


def test_progress_grows_to_the_end() -> None:
    heard: list[float] = []
    darts.count_inside(1, 5 * darts.BLOCK, 1, 4, heard.append)
    assert heard == pytest.approx([1 / 3, 2 / 3, 1])
