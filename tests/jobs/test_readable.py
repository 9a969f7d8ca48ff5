"""Values as people read them."""

from __future__ import annotations

import pytest

from jobs.readable import JSON_SHOWN, duration, file_size, pretty_json


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (0, "0 ms"),
        (0.0123, "12.3 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (125, "2 min 5 s"),
        (3599.6, "1 h"),
        (11520, "3 h 12 min"),
        (86399, "1 d"),
        (187200, "2 d 4 h"),
        (-90, "-1 min 30 s"),
    ],
)
def test_a_time_span_has_its_two_largest_units(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, "-"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_600, "1 MB"),
        (20_000_000, "20 MB"),
        (5e12, "5 TB"),
    ],
)
def test_a_size_has_the_unit_in_which_it_is_short(size: float | None, shown: str) -> None:
    assert file_size(size) == shown


def test_long_json_is_cut() -> None:
    assert pretty_json({"ä": 1}) == '{\n  "ä": 1\n}'
    cut = pretty_json("x" * JSON_SHOWN)
    assert cut.endswith("\n…")
    assert len(cut) == JSON_SHOWN + 2
