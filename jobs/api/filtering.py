"""Filters of lists: the same words for all of them, and no parameter that nobody reads."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from jobs.ids import lowest_uuid7
from jobs.invalid import ErrorList


class Backend(filters.DjangoFilterBackend):
    """Filters by a view's `filterset_class`, and refuses parameters that it does not know."""

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows that the query string asks for; raises `InvalidRequest`."""
        filterset = self.get_filterset(request, queryset, view)
        return narrow(filterset, {*view.pagination_class.parameters, "format"})


def narrow(filterset: Any, others: Collection[str] = ()) -> QuerySet[Any]:
    """The rows that a filterset's data asks for; raises `InvalidRequest`.

    `others` are parameters that are no filters. A filterset with a `prefix_filter` reads those
    that begin with its prefix, too.
    """
    known = {*filterset.filters, *others}
    free = getattr(filterset, "prefix_filter", None)
    errors = ErrorList()
    for name in filterset.data.keys() - known:
        if free is None or not name.startswith(free.prefix):
            message = f"There is no such parameter; there are {', '.join(sorted(known))}."
            errors.add([name], "unknown_parameter", message)
    for name, messages in filterset.errors.get_json_data().items():
        for message in messages:
            errors.add([name], message["code"] or "invalid", message["message"])
    condition = free.condition(filterset.data, errors) if free else Q()
    errors.check()
    narrowed: QuerySet[Any] = filterset.qs.filter(condition)
    return narrowed


class _Several(forms.SelectMultiple):
    """Takes `?status=queued,running` as well as `?status=queued&status=running`."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given = super().value_from_datadict(data, files, name) or []
        return [part for text in given for part in text.split(",") if part]


class _MomentField(IsoDateTimeField):
    """Mends the `+` of a zone, which a URL that was not quoted turns into a space."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = re.sub(r" (\d\d:?\d\d)$", r"+\1", value)
        return super().to_python(value)


class Choices(filters.MultipleChoiceFilter):
    """One or more of a few values."""

    def __init__(self, choices: Any, label: str, help_text: str, **options: Any) -> None:
        names = [str(choice) for choice in choices]
        super().__init__(
            choices=[(name, name) for name in names],
            label=label,
            help_text=help_text,
            widget=_Several,
            error_messages={"invalid_choice": f"Give one or more of {', '.join(names)}."},
            **options,
        )


class Choice(filters.ChoiceFilter):
    """One of a few values."""

    def __init__(self, choices: Any, label: str, help_text: str, **options: Any) -> None:
        names = [str(choice) for choice in choices]
        super().__init__(
            choices=[(name, name) for name in names],
            label=label,
            help_text=help_text,
            error_messages={"invalid_choice": f"Give one of {', '.join(names)}."},
            **options,
        )


class Moment(filters.IsoDateTimeFilter):
    """A bound on a time."""

    field_class = _MomentField

    def __init__(self, label: str, field_name: str, lookup_expr: str, **options: Any) -> None:
        super().__init__(
            field_name=field_name,
            lookup_expr=lookup_expr,
            label=label,
            help_text="A time in ISO 8601.",
            error_messages={"invalid": "Give a time in ISO 8601, such as 2030-01-31T12:00:00Z."},
            **options,
        )


class Made(Moment):
    """A bound on the time at which a row was made, as its id tells it."""

    def __init__(self, label: str, lookup_expr: str) -> None:
        super().__init__(label, "id", lookup_expr)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows on one side of it."""
        return super().filter(qs, lowest_uuid7(value.timestamp())) if value else qs
