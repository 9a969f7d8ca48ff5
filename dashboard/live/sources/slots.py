"""Executors that a page shows: what is in their slots, as pieces of the page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.template.loader import render_to_string

from dashboard.executors import cards
from dashboard.executors.cards import Card
from dashboard.live.sources.source import Data, ids
from jobs.sql import Cursor

PIECES = ("status", "slots", "rates", "health")
"""Templates of `ui/executors/`, and the ends of the keys."""


def read(cursor: Cursor, lists: Collection[str]) -> dict[str, Data]:
    """By list of ids: `{<id>: {status, drained_by, …}, <id>.slots: HTML, …}` of each."""
    shown = {each: ids(each) for each in lists}
    found = {
        card.id: _pieces(card)
        for card in cards.by_ids(cursor, {id_ for its in shown.values() for id_ in its})
    }
    return {
        each: {key: value for id_ in its for key, value in found.get(id_, {}).items()}
        for each, its in shown.items()
    }


def _pieces(card: Card) -> dict[str, Any]:
    pieces = {
        f"{card.id}.{name}": render_to_string(f"ui/executors/{name}.html", {"card": card})
        for name in PIECES
    }
    steers = {
        "can_resume": card.can_resume,
        "can_drain": card.can_drain,
        "can_close": card.can_close,
    }
    return pieces | {
        card.id: steers,
        f"{card.id}.beat": card.executor.last_heartbeat,
    }
