"""When a failed attempt is followed by another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import retry
from jobs.invalid import InvalidRequest
from jobs.reading import read_job
from jobs.retry import DEFAULT, PERMANENT, Policy, pick

attempts = st.integers(1, 1000)
codes = st.sampled_from(["exception", "timeout", "failed"])
seeds = st.text(max_size=8)
delays = st.floats(0, 1e6)
policies = st.one_of(
    st.builds(dict, strategy=st.just("fixed"), delay=delays),
    st.builds(dict, strategy=st.just("linear"), delay=delays, max_delay=delays),
    st.builds(
        dict,
        strategy=st.just("exponential"),
        delay=delays,
        factor=st.floats(1.01, 10),
        max_delay=delays,
    ),
    st.builds(dict, strategy=st.just("list"), delays=st.lists(delays, min_size=1, max_size=9)),
).flatmap(lambda fields: st.floats(0, 1).map(lambda jitter: pick(fields | {"jitter": jitter})))


@given(codes, attempts, attempts, policies, seeds)
def test_there_is_another_attempt_while_there_are_any_left(
    code: str, attempt: int, most: int, policy: Policy, seed: str
) -> None:
    again = retry.decide(code, attempt, most, policy=policy, seed=seed)
    assert (again is not None) == (attempt < most)


@given(attempts, policies, seeds)
def test_a_delay_falls_short_by_its_jitter_at_most(attempt: int, policy: Policy, seed: str) -> None:
    full = policy.delay_after(attempt)
    again = retry.decide("exception", attempt, attempt + 1, policy=policy, seed=seed)
    assert again is not None
    assert full * (1 - policy.jitter) - 1e-9 <= again.delay <= full


@given(attempts, policies, seeds)
def test_the_same_seed_gives_the_same_delay(attempt: int, policy: Policy, seed: str) -> None:
    first, second = (
        retry.decide("exception", attempt, attempt + 1, policy=policy, seed=seed) for _ in "ab"
    )
    assert first == second


def test_jobs_that_failed_together_come_apart() -> None:
    assert len({retry.decide("exception", 5, 9, seed=str(n)) for n in range(20)}) > 10


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"strategy": "fixed", "delay": 7}, [7, 7, 7, 7]),
        ({"strategy": "linear", "delay": 7, "max_delay": 20}, [7, 14, 20, 20]),
        ({"strategy": "exponential", "delay": 2, "factor": 3, "max_delay": 20}, [2, 6, 18, 20]),
        ({"strategy": "list", "delays": [0, 60, 5]}, [0, 60, 5, 5]),
    ],
)
def test_how_delays_go_on(fields: dict[str, object], expected: list[float]) -> None:
    policy = pick(fields)
    assert [policy.delay_after(attempt) for attempt in (1, 2, 3, 4)] == expected


def test_the_usual_delays_double_up_to_five_minutes() -> None:
    assert [DEFAULT.delay_after(attempt) for attempt in (1, 2, 3, 9, 10, 5000)] == [
        1, 2, 4, 256, 300, 300
    ]  # fmt: skip
    assert DEFAULT.jitter == 0.2


@given(st.sampled_from(sorted(PERMANENT)), attempts)
def test_what_no_attempt_can_mend_is_not_tried_again(code: str, attempt: int) -> None:
    assert retry.decide(code, attempt, attempt + 10, seed="") is None


@given(codes, attempts)
def test_a_handler_may_say_that_it_is_for_good(code: str, attempt: int) -> None:
    assert retry.decide(code, attempt, attempt + 10, seed="", permanent=True) is None


def test_a_policy_gives_up_on_the_errors_that_it_names() -> None:
    policy = pick({"strategy": "fixed", "give_up_on": ["timeout", "LookupError"]})
    names = [kind.__name__ for kind in KeyError.__mro__]
    assert retry.decide("timeout", 1, 3, policy=policy, seed="") is None
    assert retry.decide("exception", 1, 3, policy=policy, names=names, seed="") is None
    assert retry.decide("exception", 1, 3, policy=policy, names=["ValueError"], seed="")


@given(policies)
def test_a_stored_policy_is_read_as_it_was(policy: Policy) -> None:
    assert retry.read(policy.model_dump_json()) == policy


@pytest.mark.parametrize("text", ['{"strategy": "of tomorrow"}', "{}", "[]"])
def test_what_cannot_be_understood_is_as_usual(text: str) -> None:
    assert retry.read(text) == DEFAULT


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        (5, "retry", "model_type"),
        ({}, "retry.strategy", "required"),
        ({"strategy": "sometimes"}, "retry.strategy", "literal_error"),
        ({"strategy": "fixed", "delay": -1}, "retry.delay", "greater_than_equal"),
        ({"strategy": "fixed", "factor": 2}, "retry.factor", "unknown_field"),
        ({"strategy": "linear", "delay": "1"}, "retry.delay", "float_type"),
        ({"strategy": "exponential", "factor": 1}, "retry.factor", "greater_than"),
        ({"strategy": "exponential", "jitter": 2}, "retry.jitter", "less_than_equal"),
        ({"strategy": "list"}, "retry.delays", "required"),
        ({"strategy": "list", "delays": [1, "2"]}, "retry.delays[1]", "float_type"),
    ],
)
def test_a_wrong_policy_is_refused_by_field(wrong: object, field: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_job({"type": "add_numbers", "payload": {"a": 1, "b": 2}, "retry": wrong}, "")
    assert [(error.field, error.code) for error in caught.value.errors] == [(field, code)]


@pytest.mark.parametrize(("given", "expected"), [({}, 4), ({"max_attempts": 2}, 2)])
def test_a_list_of_delays_says_how_many_attempts_there_are(
    given: dict[str, int], expected: int
) -> None:
    policy = {"strategy": "list", "delays": [1, 2, 3]}
    body = {"type": "add_numbers", "payload": {"a": 1, "b": 2}, "retry": policy}
    assert read_job(body | given, "").max_attempts == expected
