"""What the gateway decides, case by case."""

from __future__ import annotations

import pytest

from executors.gateway.decisions import (
    BUSY_AT_MOST,
    FAILED_AT_MOST,
    Attention,
    Fate,
    Patience,
    Verdict,
    Watched,
    fate,
    left_alone,
    verdict,
)

PATIENCE = Patience(answer=15, cancel=10, silence=1000, linger=90)


@pytest.mark.parametrize(
    ("refusals", "busy", "seconds"),
    [
        (1, True, 1),
        (2, True, 2),
        (4, True, 8),
        (5, True, BUSY_AT_MOST),
        (1, False, 2),
        (3, False, 8),
        (6, False, FAILED_AT_MOST),
        (30_000, False, FAILED_AT_MOST),
        (0, False, 2),
    ],
)
def test_who_refuses_is_left_alone_for_longer_each_time(
    refusals: int, busy: bool, seconds: float
) -> None:
    assert left_alone(refusals, busy=busy) == seconds


@pytest.mark.parametrize(
    ("busy", "uncertain", "repeatable", "failed_before", "expected"),
    [
        (True, False, True, 0, Fate.HAND_BACK),
        (True, False, True, 1000, Fate.HAND_BACK),
        (True, False, False, 0, Fate.HAND_BACK),
        (False, False, True, 0, Fate.HAND_BACK),
        (False, True, True, 0, Fate.HAND_BACK),
        (False, True, True, 3, Fate.HAND_BACK),
        (False, True, True, 4, Fate.FAIL),
        (False, False, False, 3, Fate.HAND_BACK),
        (False, False, False, 4, Fate.FAIL),
        (False, True, False, 0, Fate.LOSE),
        (False, True, False, 4, Fate.LOSE),
    ],
)
def test_what_becomes_of_what_was_not_taken(
    busy: bool, uncertain: bool, repeatable: bool, failed_before: int, expected: Fate
) -> None:
    found = fate(
        busy=busy,
        uncertain=uncertain,
        repeatable=repeatable,
        failed_before=failed_before,
        limit=5,
    )
    assert found is expected


def test_looking_starts_anew_after_a_break() -> None:
    attention = Attention(now=100)

    assert [attention.look(now) for now in (100, 104, 109, 114)] == [0, 4, 9, 14]
    assert [attention.look(now) for now in (120, 121)] == [0, 1]


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        (Watched(claimed=1, heard=None), None),
        (Watched(claimed=16, heard=None), Verdict.NOT_TAKEN),
        (Watched(claimed=16, heard=None, asked=16), Verdict.NOT_TAKEN),
        (Watched(claimed=1, heard=None, asked=1), None),
        (Watched(claimed=500, heard=500), None),
        (Watched(claimed=5000, heard=500), None),
        (Watched(claimed=5000, heard=1001), Verdict.LOSE),
        (Watched(claimed=500, heard=400, left=90), None),
        (Watched(claimed=500, heard=400, left=91), Verdict.LEFT_BEHIND),
        (Watched(claimed=500, heard=400, left=91, asked=1, told=1), None),
        (Watched(claimed=5000, heard=1001, timeout=6000), None),
        (Watched(claimed=5, heard=4, timeout=5.5), None),
        (Watched(claimed=6, heard=0, timeout=5.5), Verdict.TIME_OUT),
        (Watched(claimed=6, heard=5, asked=1), Verdict.TELL),
        (Watched(claimed=6, heard=5, asked=2, told=1), None),
        (Watched(claimed=20, heard=0, asked=11, told=10), Verdict.CANCEL),
        (Watched(claimed=20, heard=19, asked=11), Verdict.CANCEL),
        (Watched(claimed=20, heard=19, asked=1, timeout=5), Verdict.TELL),
    ],
)
def test_what_has_to_be_done_about_what_an_executor_has(
    watched: Watched, expected: Verdict | None
) -> None:
    assert verdict(watched, PATIENCE) is expected
