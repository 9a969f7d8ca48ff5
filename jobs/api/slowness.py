"""What to say of a list that took too long: which parameters made it slow, and what would not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.api.keyset import Order
from jobs.invalid import FieldError
from jobs.timelimit import TookTooLong

BUSY = "The database has much to do: try again in some seconds."
NO_INDEX = "No index leads to what this asks for."


class ListTooSlow(TookTooLong):
    """This page of the list was not found within {seconds:g} s. {advice}"""

    code = "list_too_slow"

    def __init__(self, seconds: object, advice: str, slow: Sequence[str]) -> None:
        self.errors = [FieldError(name, NO_INDEX, "slow") for name in slow]
        super().__init__(seconds=seconds, advice=advice)


def too_slow(error: TookTooLong, query: Mapping[str, Any], order: Order, view: Any) -> ListTooSlow:
    """The error for a view's list, asked for with these parameters.

    The `quick` filters of the view's filterset are those that an index serves however many rows
    there are. A filterset without any is one of a list that is never long.
    """
    quick: Sequence[str] = getattr(view.filterset_class, "quick", ())
    plain = view.pagination_class.parameters | {"format", *quick}
    slow = sorted(name for name in query if query[name] and name not in plain) if quick else []
    if "ordering" in query and not order.by_key:
        slow.append("ordering")
    return ListTooSlow(error.fields["seconds"], _advice(slow, query, quick, view), slow)


def _advice(slow: Sequence[str], query: Mapping[str, Any], quick: Sequence[str], view: Any) -> str:
    if not slow:
        return BUSY
    advice = f"No index serves {' and '.join(slow)}."
    if unused := [name for name in quick if not query.get(name)]:
        advice += f" Narrow the list by {', '.join(unused)}."
    if "ordering" in slow:
        advice += f" Or leave out ordering: by {view.ordering}, a page has what was found in time."
    return advice
