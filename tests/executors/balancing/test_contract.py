"""What holds for every load-balance strategy, whatever the candidates and whatever it remembers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executors.balancing.registry import STRATEGIES
from executors.balancing.strategy import Ask, Candidate, Choice, State
from jobs.wishes import LoadBalanceStrategy

S = LoadBalanceStrategy
ONE_OF_THEM = [name for name in STRATEGIES if name != S.BROADCAST]
PATIENT = {S.STICKY, S.CONSISTENT_HASH, S.FAILOVER}
PATIENCE = 30.0
NAMES = [f"w{n}" for n in range(12)]

every = pytest.mark.parametrize("name", list(STRATEGIES))
every_of_one = pytest.mark.parametrize("name", ONE_OF_THEM)


@st.composite
def fleets(draw: Callable[..., object], least: int = 0) -> list[Candidate]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=least, unique=True))
    number = st.integers(0, 3)
    return [Candidate(n, draw(number), draw(st.integers(1, 9)), draw(number)) for n in names]


@st.composite
def asks(draw: Callable[..., object]) -> Ask:
    return Ask(
        subject="type:echo",
        key=draw(st.text(max_size=5)),
        waited=draw(st.floats(0, 100)),
        patience=PATIENCE,
        now=draw(st.floats(1.7e9, 1.8e9)),
    )


histories = st.lists(st.tuples(fleets(), asks()), max_size=8)
# Each property is tried with each strategy.
some = settings(max_examples=40)


def remembered(name: S, history: Sequence[tuple[list[Candidate], Ask]]) -> State:
    """What a strategy knows after such a life, in which executors come and go."""
    state: State = {}
    for candidates, ask in history:
        state = STRATEGIES[name](candidates, state, ask).state
    return state


def names(choice: Choice) -> list[str]:
    return [its.name for its in choice.chosen]


def test_every_strategy_is_there() -> None:
    assert set(STRATEGIES) == set(LoadBalanceStrategy)


@every
@some
@given(histories, fleets(), asks())
def test_only_candidates_are_chosen_or_awaited(
    name: S, history: list[tuple[list[Candidate], Ask]], fleet: list[Candidate], ask: Ask
) -> None:
    choice = STRATEGIES[name](fleet, remembered(name, history), ask)
    assert all(its in fleet for its in choice.chosen)
    assert choice.awaited is None or choice.awaited in fleet
    assert not (choice.awaited and choice.chosen)


@every_of_one
@some
@given(histories, fleets(), asks())
def test_who_has_no_free_slot_is_never_chosen(
    name: S, history: list[tuple[list[Candidate], Ask]], fleet: list[Candidate], ask: Ask
) -> None:
    choice = STRATEGIES[name](fleet, remembered(name, history), ask)
    assert len(choice.chosen) <= 1
    assert all(its.free for its in choice.chosen)


@every_of_one
@some
@given(histories, fleets(), asks())
def test_somebody_free_is_chosen_unless_it_waits_for_a_busy_one_for_a_while(
    name: S, history: list[tuple[list[Candidate], Ask]], fleet: list[Candidate], ask: Ask
) -> None:
    choice = STRATEGIES[name](fleet, remembered(name, history), ask)
    if choice.awaited:
        assert name in PATIENT
        assert not choice.awaited.free
        assert ask.waited < PATIENCE
    else:
        assert bool(choice.chosen) == any(its.free for its in fleet)


@every
@some
@given(histories, fleets(), asks(), st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_answer_in_any_order_and_is_left_alone(
    name: S, history: list[tuple[list[Candidate], Ask]], fleet: list[Candidate], ask: Ask, random
) -> None:
    state = remembered(name, history)
    before = deepcopy((fleet, state))
    first = STRATEGIES[name](fleet, state, ask)
    assert (fleet, state) == before
    shuffled = random.sample(fleet, len(fleet))
    second = STRATEGIES[name](shuffled, json.loads(json.dumps(state)), ask)
    assert (names(first), first.state, first.awaited) == (
        names(second),
        second.state,
        second.awaited,
    )


@every
@some
@given(histories, fleets(), asks())
def test_its_state_survives_json_and_is_bounded_and_knows_nobody_who_is_gone(
    name: S, history: list[tuple[list[Candidate], Ask]], fleet: list[Candidate], ask: Ask
) -> None:
    choice = STRATEGIES[name](fleet, remembered(name, history), ask)
    text = json.dumps(choice.state, allow_nan=False)
    assert json.loads(text) == choice.state
    if choice.chosen:
        assert len(text) <= 60 + 40 * len(fleet)
        gone = set(NAMES) - {its.name for its in fleet}
        assert not any(f'"{one}"' in text for one in gone)


@every_of_one
@some
@given(histories, asks())
def test_nobody_is_left_out_for_ever(
    name: S, history: list[tuple[list[Candidate], Ask]], ask: Ask
) -> None:
    """Whoever alone is free is chosen, whatever was before, once patience is at its end."""
    state, late = remembered(name, history), replace(ask, waited=PATIENCE)
    for lucky in NAMES[:4]:
        fleet = [Candidate(one, free=int(one == lucky)) for one in NAMES[:4]]
        assert names(STRATEGIES[name](fleet, state, late)) == [lucky]


def test_a_broadcast_goes_to_all_free_or_not() -> None:
    fleet = [Candidate("b", free=0), Candidate("a"), Candidate("c")]
    assert names(STRATEGIES[S.BROADCAST](fleet, {}, Ask())) == ["a", "b", "c"]
