"""Labels of executors: how they are written, and what is said about those that are not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import labels
from jobs.labels import BadLabels

NAMES = st.from_regex(labels.NAME, fullmatch=True)
VALUES = st.from_regex(labels.VALUE, fullmatch=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        (" , ", {}),
        ("gpu=true", {"gpu": "true"}),
        ("gpu=true,zone=a", {"gpu": "true", "zone": "a"}),
        (" gpu = true , zone=a, ", {"gpu": "true", "zone": "a"}),
        ("gpu=true,gpu=true", {"gpu": "true"}),
        ("example.com/disk=ssd:1", {"example.com/disk": "ssd:1"}),
    ],
)
def test_labels_are_read(text: str, found: dict[str, str]) -> None:
    assert labels.read(text) == found == labels.read(found)


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ("gpu", "'gpu' lacks a value; write it as gpu=true"),
        ("gpu=", "'', which 'gpu' is set to, is no value"),
        ("=true", "'' is no name"),
        ("gpu=true,gpu=false", "'gpu' is given twice"),
        ("a=b=c", "'b=c', which 'a' is set to, is no value"),
        ("a b=c", "'a b' is no name. A label's name has 1 to 63 letters"),
        ("a=" + "x" * 64, "A label's value has 1 to 63 letters"),
        ("_a=c", "begins with a letter or digit"),
        ({"gpu": True}, "True, which 'gpu' is set to, is no value"),
        ({1: "x"}, "1 is no name"),
        ({f"n{i}": "v" for i in range(65)}, "there are 65, and at most 64 are allowed"),
    ],
)
def test_wrong_labels_are_refused_with_the_reason(given_: Any, reason: str) -> None:
    with pytest.raises(BadLabels, match=r"^The labels .* can't be used: ") as caught:
        labels.read(given_)
    assert reason in str(caught.value)


@given(st.dictionaries(NAMES, VALUES, max_size=10))
def test_what_is_written_is_read(given_: dict[str, str]) -> None:
    assert labels.read(",".join(f"{name}={value}" for name, value in given_.items())) == given_
    turned = dict(reversed(given_.items()))
    assert labels.canonical(turned) == labels.canonical(given_)
    assert labels.digest(turned) == labels.digest(given_)
    assert len(labels.digest(given_)) == 16
