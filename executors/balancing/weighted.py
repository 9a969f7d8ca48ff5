"""Each in its turn as often as its weight says, evenly mixed. Remembers everybody's credit.

Smooth weighted round robin as in nginx (src/http/ngx_http_upstream_round_robin.c): in each turn
everybody's credit grows by its weight; the one with the most is chosen and pays what all got.
Weights 5, 1, 1 give a a b a c a a, not a a a a a b c.
"""

from __future__ import annotations

from collections.abc import Sequence

from executors.balancing.strategy import Ask, Candidate, Choice, State, free


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """The free one with the most credit. Who is busy neither gains nor pays."""
    able = free(candidates)
    if not able:
        return Choice((), state)
    # No credit passes this in a fleet that stays the same; one that changes can't pile it up.
    most = len(candidates) * sum(its.weight for its in candidates)
    old = state.get("credit", {})
    credit = {its.name: max(-most, min(old.get(its.name, 0), most)) for its in candidates}
    for its in able:
        credit[its.name] += its.weight
    chosen = min(able, key=lambda its: (-credit[its.name], its.name))
    credit[chosen.name] -= sum(its.weight for its in able)
    return Choice([chosen], {"credit": credit})
