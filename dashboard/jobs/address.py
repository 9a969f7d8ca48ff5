"""The address of the list as short as it can be, so that it can be kept and sent on. Pure."""

from __future__ import annotations

from django.http import QueryDict

FIELD, VALUE = "payload_field", "payload_value"
"""Two boxes of the form that make one filter, `payload.FIELD=VALUE`."""


def tidy(query: QueryDict) -> QueryDict:
    """The same wish: nothing empty, nothing twice, several states in one parameter."""
    tidied = QueryDict(mutable=True)
    for name, texts in query.lists():
        if name == "status":
            texts = [",".join(dict.fromkeys(filter(None, ",".join(texts).split(","))))]
        if name not in (FIELD, VALUE) and (given := [text for text in texts if text]):
            tidied[name] = given[-1]
    if field := query.get(FIELD, "").strip().removeprefix("payload."):
        tidied[f"payload.{field}"] = query.get(VALUE, "")
    return tidied


def is_tidy(query: QueryDict) -> bool:
    """Whether the query is as `tidy` would make it."""
    return dict(query.lists()) == dict(tidy(query).lists())
