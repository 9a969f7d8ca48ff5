"""When a failed attempt is followed by another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs import retry
from jobs.retry import FIRST_DELAY, JITTER, LONGEST_DELAY, PERMANENT

attempts = st.integers(1, 1000)
codes = st.sampled_from(["exception", "timeout", "failed"])


@given(codes, attempts, attempts)
def test_there_is_another_attempt_while_there_are_any_left(
    code: str, attempt: int, most: int
) -> None:
    assert (retry.decide(code, attempt, most) is not None) == (attempt < most)


@given(attempts)
def test_delay_doubles_up_to_a_limit_and_falls_short_by_its_jitter(attempt: int) -> None:
    full = min(FIRST_DELAY * 2.0 ** min(attempt - 1, 60), LONGEST_DELAY)
    decision = retry.decide("exception", attempt, attempt + 1)
    assert decision is not None
    assert full * (1 - JITTER) <= decision.delay <= full


def test_jobs_that_failed_together_come_apart() -> None:
    delays = {retry.decide("exception", 5, 9) for _ in range(20)}
    assert len(delays) > 10


@given(st.sampled_from(sorted(PERMANENT)), attempts)
def test_what_no_attempt_can_mend_is_not_tried_again(code: str, attempt: int) -> None:
    assert retry.decide(code, attempt, attempt + 10) is None


@given(codes, attempts)
def test_a_handler_may_say_that_it_is_for_good(code: str, attempt: int) -> None:
    assert retry.decide(code, attempt, attempt + 10, permanent=True) is None
