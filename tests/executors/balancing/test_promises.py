"""What each load-balance strategy promises beside what all do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.balancing import least_frequently_used
from executors.balancing.registry import STRATEGIES
from executors.balancing.strategy import Ask, Candidate, State
from jobs.wishes import LoadBalanceStrategy as S

NOW = 1.75e9
NOTHING: State = {}
PATIENT = Ask(subject="type:echo", patience=30.0, now=NOW)
weights = st.lists(st.integers(1, 9), min_size=1, max_size=8)


def fleet(count: int, **fields: int) -> list[Candidate]:
    return [Candidate(f"w{n}", **fields) for n in range(count)]


def play(
    name: S, candidates: Sequence[Candidate], times: int, ask: Ask = PATIENT, state: State = NOTHING
) -> tuple[list[str], State]:
    """Who is chosen in that many turns, and what is remembered then."""
    found = []
    for _ in range(times):
        choice = STRATEGIES[name](candidates, state, ask)
        state = choice.state
        found += [its.name for its in choice.chosen]
    return found, state


@pytest.mark.parametrize("name", [S.ROUND_ROBIN, S.LEAST_RECENTLY_USED, S.LEAST_FREQUENTLY_USED])
@given(st.integers(1, 9), st.integers(1, 4))
def test_turns_are_equal(name: S, count: int, laps: int) -> None:
    found, _ = play(name, fleet(count), count * laps)
    assert set(Counter(found).values()) == {laps}


def test_round_robin_goes_on_after_one_who_is_gone() -> None:
    _, state = play(S.ROUND_ROBIN, fleet(4), 2)
    found, _ = play(S.ROUND_ROBIN, [fleet(4)[n] for n in (0, 2, 3)], 4, state=state)
    assert found == ["w2", "w3", "w0", "w2"]


@given(weights)
def test_weighted_gives_each_its_share_in_each_lap(shares: list[int]) -> None:
    candidates = [Candidate(f"w{n}", weight=weight) for n, weight in enumerate(shares)]
    found, state = play(S.WEIGHTED, candidates, 3 * sum(shares))
    counts = Counter(found)
    assert [counts[its.name] for its in candidates] == [3 * its.weight for its in candidates]
    assert not any(state["credit"].values())


def test_weighted_mixes_evenly() -> None:
    candidates = [Candidate("a", weight=5), Candidate("b"), Candidate("c")]
    assert "".join(play(S.WEIGHTED, candidates, 7)[0]) == "aabacaa"


@given(weights, st.lists(st.lists(st.booleans(), min_size=8, max_size=8), max_size=40))
def test_weighted_credit_stays_bounded_while_executors_come_and_go(
    shares: list[int], there: list[list[bool]]
) -> None:
    state: State = {}
    for present in there:
        candidates = [Candidate(f"w{n}", weight=w) for n, w in enumerate(shares) if present[n]]
        state = STRATEGIES[S.WEIGHTED](candidates, state, PATIENT).state
        assert all(abs(its) <= 9 * sum(shares) for its in state.get("credit", {}).values())


def test_random_keeps_to_the_weights_and_differs_by_subject() -> None:
    candidates = [Candidate("a", weight=3), Candidate("b", weight=1)]
    found, _ = play(S.RANDOM, candidates, 4000)
    assert 2850 <= found.count("a") <= 3150
    other, _ = play(S.RANDOM, candidates, 4000, replace(PATIENT, subject="type:other"))
    assert found != other


def test_random_goes_on_where_it_was() -> None:
    whole, _ = play(S.RANDOM, fleet(5), 20)
    first, state = play(S.RANDOM, fleet(5), 7)
    rest, _ = play(S.RANDOM, fleet(5), 13, state=state)
    assert first + rest == whole


def test_sticky_stays_then_waits_then_moves_and_stays_there() -> None:
    candidates = [Candidate("a", free=2), Candidate("b", free=1)]
    _, state = play(S.STICKY, candidates, 1)
    busy = [Candidate("a", free=0), Candidate("b", free=1)]
    choice = STRATEGIES[S.STICKY](busy, state, replace(PATIENT, waited=29.9))
    assert (choice.chosen, choice.awaited) == ((), busy[0])
    found, state = play(S.STICKY, busy, 1, replace(PATIENT, waited=30.0), state)
    assert found == ["b"]
    assert play(S.STICKY, candidates, 3, state=state)[0] == ["b", "b", "b"]


def test_sticky_does_not_wait_for_one_who_is_gone() -> None:
    assert play(S.STICKY, fleet(2), 1, state={"last": "gone"})[0] == ["w0"]


KEYS = [f"customer {n}" for n in range(400)]


def homes(candidates: Sequence[Candidate]) -> dict[str, str]:
    """Where the jobs of each key go."""
    return {
        key: play(S.CONSISTENT_HASH, candidates, 1, replace(PATIENT, key=key))[0][0] for key in KEYS
    }


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 12])
def test_another_executor_takes_over_its_share_of_keys_and_moves_no_other(count: int) -> None:
    before, after = homes(fleet(count)), homes(fleet(count + 1))
    moved = [key for key in KEYS if before[key] != after[key]]
    assert {after[key] for key in moved} <= {f"w{count}"}
    share = len(KEYS) / (count + 1)
    assert share / 3 <= len(moved) <= share * 1.6


def test_keys_are_spread_by_weight() -> None:
    counts = Counter(homes([Candidate("a", weight=3), Candidate("b", weight=1)]).values())
    assert 260 <= counts["a"] <= 340


def test_a_key_waits_for_its_executor_then_goes_where_it_would_go_without_it() -> None:
    candidates = fleet(5)
    key = replace(PATIENT, key="customer 7")
    (home,), _ = play(S.CONSISTENT_HASH, candidates, 1, key)
    rest = [its for its in candidates if its.name != home]
    busy = [replace(its, free=int(its.name != home)) for its in candidates]
    assert play(S.CONSISTENT_HASH, busy, 1, key)[0] == []
    late = replace(key, waited=30.0)
    assert play(S.CONSISTENT_HASH, busy, 1, late) == play(S.CONSISTENT_HASH, rest, 1, key)


def test_failover_takes_the_first_waits_for_it_and_then_takes_the_next() -> None:
    first, second = Candidate("z", priority=2), Candidate("a", priority=1)
    assert play(S.FAILOVER, [second, first], 2)[0] == ["z", "z"]
    busy = replace(first, free=0)
    assert STRATEGIES[S.FAILOVER]([second, busy], {}, PATIENT).awaited == busy
    assert play(S.FAILOVER, [second, busy], 1, replace(PATIENT, waited=30))[0] == ["a"]
    assert play(S.FAILOVER, [second], 1)[0] == ["a"]


def test_least_recently_used_prefers_newcomers() -> None:
    _, state = play(S.LEAST_RECENTLY_USED, fleet(2), 4)
    assert play(S.LEAST_RECENTLY_USED, fleet(3), 2, state=state)[0] == ["w2", "w0"]


def test_least_frequently_used_does_not_flood_newcomers() -> None:
    _, state = play(S.LEAST_FREQUENTLY_USED, fleet(2), 40)
    found, _ = play(S.LEAST_FREQUENTLY_USED, fleet(3), 30, state=state)
    assert found.count("w2") == 10


def test_least_frequently_used_forgets() -> None:
    busy = [Candidate("a"), Candidate("b", free=0)]
    _, state = play(S.LEAST_FREQUENTLY_USED, busy, 64)
    both = [Candidate("a"), Candidate("b")]
    soon = replace(PATIENT, now=NOW + least_frequently_used.HALF_LIFE)
    assert play(S.LEAST_FREQUENTLY_USED, both, 32, soon, state)[0] == ["b"] * 32
    later = replace(PATIENT, now=NOW + 100 * least_frequently_used.HALF_LIFE)
    assert sorted(play(S.LEAST_FREQUENTLY_USED, both, 2, later, state)[0]) == ["a", "b"]


def test_least_loaded_takes_the_roomiest() -> None:
    candidates = [Candidate("a", free=1), Candidate("b", free=3), Candidate("c", free=3)]
    assert play(S.LEAST_LOADED, candidates, 1)[0] == ["b"]
