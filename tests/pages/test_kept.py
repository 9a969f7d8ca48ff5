"""What is kept for a moment."""

from __future__ import annotations

from itertools import count

from dashboard.kept import Kept


def test_it_is_read_once_as_long_as_it_is_kept():
    kept, numbers = Kept[int](3600), count(1)
    assert [kept.get("a", lambda: next(numbers)) for _ in range(3)] == [1, 1, 1]
    assert kept.get("b", lambda: next(numbers)) == 2
    kept.clear()
    assert kept.get("a", lambda: next(numbers)) == 3


def test_it_is_read_anew_when_its_time_is_over():
    kept, numbers = Kept[int](0), count(1)
    assert [kept.get("a", lambda: next(numbers)) for _ in range(3)] == [1, 2, 3]


def test_only_so_many_are_kept():
    kept, numbers = Kept[int](3600, most=2), count(1)
    for key in "abc":
        kept.get(key, lambda: next(numbers))
    assert kept.get("c", lambda: 0) == 3
    assert kept.get("a", lambda: next(numbers)) == 4


def test_what_could_not_be_read_is_not_kept():
    kept = Kept[int](3600)
    for _ in range(2):
        try:
            kept.get("a", lambda: 1 // 0)
        except ZeroDivisionError:
            continue
        raise AssertionError
    assert kept.get("a", lambda: 5) == 5
