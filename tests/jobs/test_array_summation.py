"""The job type `large_array_sum` in chunks: the same sum, whatever the number of chunks."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from jobs import artifacts
from jobs.errors import DoNotRetry
from tests.support.chunked import chunk_results, combined, in_chunks, in_one_piece

NAME = "large_array_sum"
FINITE = st.floats(-1e300, 1e300)


@pytest.fixture
def media(settings: Any, tmp_path: Any, db: None) -> None:
    settings.MEDIA_ROOT = tmp_path


def uploaded(array: np.ndarray) -> dict[str, str]:
    file = io.BytesIO()
    np.save(file, array)
    file.seek(0)
    return {"artifact": str(artifacts.store(file, "array.npy", "application/octet-stream").id)}


@given(st.lists(FINITE, max_size=50), st.integers(1, 60))
def test_inline_numbers_in_any_number_of_chunks(numbers: list[float], count: int) -> None:
    result = in_chunks(NAME, {"array": numbers}, count)
    assert result["count"] == len(numbers)
    size = math.fsum(map(abs, numbers))
    assert abs(result["sum"] - math.fsum(numbers)) <= 1e-9 * size


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 64])
@pytest.mark.parametrize("dtype", ["i8", ">u8", "i1", "u2"])
def test_integers_in_a_file_add_up_exactly(media: None, count: int, dtype: str) -> None:
    limits = np.iinfo(dtype)
    array = np.array([limits.max, limits.max, limits.min, 1, 2, 3, limits.max], dtype=dtype)
    result = in_chunks(NAME, uploaded(array), count)
    assert result == {"sum": sum(array.tolist()), "count": 7}
    assert type(result["sum"]) is int


@pytest.mark.parametrize("count", [1, 2, 5])
def test_nothing_adds_up_to_nothing(media: None, count: int) -> None:
    assert in_chunks(NAME, {"array": []}, count) == {"sum": 0, "count": 0}
    assert in_chunks(NAME, uploaded(np.zeros((0, 3))), count) == {"sum": 0, "count": 0}
    assert in_one_piece(NAME, {"array": []}) == {"sum": 0, "count": 0}


def test_few_inline_numbers_make_few_chunks() -> None:
    assert len(chunk_results(NAME, {"array": [1, 2, 3]}, 8)) == 3
    assert len(chunk_results(NAME, {"array": []}, 8)) == 1


def test_each_chunk_adds_its_own_slice(media: None) -> None:
    texts = chunk_results(NAME, uploaded(np.arange(10)), 3)
    assert texts == [
        '{"sum":3,"exact":true,"count":3}',
        '{"sum":12,"exact":true,"count":3}',
        '{"sum":30,"exact":true,"count":4}',
    ]


@pytest.mark.parametrize(
    "numbers",
    [[1.0, 2.0, math.nan], [1.0, math.inf], [1.7e308, 0.0, 1.7e308], [math.inf, -math.inf]],
)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_has_no_finite_sum_fails_for_good(media: None, numbers: Any, count: int) -> None:
    with pytest.raises(DoNotRetry, match="no finite number") as caught:
        in_chunks(NAME, uploaded(np.array(numbers)), count)
    assert caught.value.code == "not_finite"


@pytest.mark.django_db
def test_sums_come_back_from_postgres_as_what_they_were() -> None:
    """It writes a large float as an integer of many digits, with which nothing may be lost."""
    payload = {"array": [1.7e308, 0.0, 1.7e308]}
    texts = chunk_results(NAME, payload, 3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT array(SELECT (unnest(%s)::jsonb)::text)", [texts])
        (stored,) = cursor.fetchone()
    assert len(stored[0]) > 300
    with pytest.raises(DoNotRetry, match="no finite number"):
        combined(NAME, payload, stored)
    assert combined(NAME, payload, stored[:2]) == {"sum": 1.7e308, "count": 2}
