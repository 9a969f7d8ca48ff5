"""Finds a page of a list in a bounded time, however few of many millions of rows match.

A query is first left to Postgres, which is quick where an index helps or matches are frequent.
One that takes too long is asked again in parts, each a stretch of the list's key; when the time
is up, the search says how far it came, and the next one goes on there.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from jobs.api.keyset import START, Order, Place
from jobs.timelimit import TookTooLong, time_limit


@dataclass(frozen=True)
class Limits:
    """Seconds for the whole query, then for looking in parts of so many rows."""

    at_once: float
    in_parts: float
    part: int = 20_000

    @property
    def together(self) -> float:
        """Seconds for one way alone."""
        return self.at_once + self.in_parts


@dataclass(frozen=True)
class Page:
    """Rows in the order of the list, and where the pages beside them begin.

    A place is None where there is no page, and START where all that was there is gone. If the time
    was up before there were enough rows, `reached` is the key up to which was looked.
    """

    rows: list[dict[str, Any]]
    next: Place | None
    previous: Place | None
    reached: Any = None


def search(
    rows: QuerySet[Any], order: Order, place: Place | None, size: int, limits: Limits | None = None
) -> Page:
    """The `size` rows past a place, as dicts with at least the columns of the order.

    Raises `TookTooLong` where they can't be looked for in parts, or a part is too slow.
    """
    limits = limits or _usual()
    if not order.by_key:
        with time_limit(limits.together):
            return _at_once(rows, order, place, size)
    if place and place.in_parts:
        return _in_parts(rows, order, place, size, limits.together, limits.part)
    try:
        with time_limit(limits.at_once):
            return _at_once(rows, order, place, size)
    except TookTooLong:
        return _in_parts(rows, order, place, size, limits.in_parts, limits.part)


def _usual() -> Limits:
    seconds = settings.CELERIAC["LIST_SECONDS"]
    return Limits(at_once=seconds / 3, in_parts=seconds * 2 / 3)


def _at_once(rows: QuerySet[Any], order: Order, place: Place | None, size: int) -> Page:
    found: list[dict[str, Any]] = []
    for stretch in order.stretches(place):
        if len(found) <= size:
            found += stretch.of(rows)[: size + 1 - len(found)]
    return _page(found, order, place, size)


def _in_parts(
    rows: QuerySet[Any], order: Order, start: Place | None, size: int, seconds: float, length: int
) -> Page:
    """The same, in parts of so many rows: one at least, and as many as there is time for."""
    found: list[dict[str, Any]] = []
    edge, left = start, seconds
    deadline = monotonic() + seconds
    while edge is start or (left := deadline - monotonic()) > 0:
        try:
            with time_limit(left):
                part, end = _part(rows, order, edge, size + 1 - len(found), length)
        except TookTooLong:
            if edge is start:
                raise
            break
        found += part
        if len(found) > size or end is None:
            return _page(found, order, start, size, in_parts=True)
        edge = end
    assert edge is not None
    return _page(found, order, start, size, in_parts=True, reached=edge.key)


def _part(
    rows: QuerySet[Any], order: Order, edge: Place | None, most: int, length: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """Those of the next so many rows that match, and where the part ends; None: with the list."""
    [here] = order.stretches(edge)
    part = here.of(rows)
    keys: QuerySet[Any, Any] = QuerySet(rows.model).values_list(order.key, flat=True)
    last = here.of(keys)[length - 1 : length].first()
    if last is None:
        return list(part[:most]), None
    end = Place(last, last, edge is not None and edge.backwards)
    [beyond] = order.stretches(end)
    return list(part.filter(~beyond.condition)[:most]), end


def _page(
    found: list[dict[str, Any]],
    order: Order,
    place: Place | None,
    size: int,
    *,
    in_parts: bool = False,
    reached: Any = None,
) -> Page:
    """The page of what was found past a place, of which one row more than its size may be."""
    backwards = place is not None and place.backwards

    def at(row: dict[str, Any], looks_back: bool) -> Place:
        return Place(row[order.column], row[order.key], looks_back, in_parts)

    ahead = behind = None
    if reached:
        ahead = Place(reached, reached, backwards, in_parts)
    elif len(found) > size:
        ahead = at(found[size - 1], backwards)
    if place:
        behind = at(found[0], not backwards) if found else START
    if backwards:
        return Page(found[:size][::-1], next=behind, previous=ahead, reached=reached)
    return Page(found[:size], next=ahead, previous=behind, reached=reached)
