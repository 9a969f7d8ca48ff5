"""Filters of lists: the same words for all of them, and no parameter that nobody reads."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from jobs import types
from jobs.errors import UnknownJobType
from jobs.invalid import ErrorList
from jobs.models import Job
from jobs.states import ACTIVE, FINAL, JobState

# Each as one of the table's partial indexes has it.
SCOPES = {"active": Q(is_active=True), "history": Q(completed_at__isnull=False)}


class Backend(filters.DjangoFilterBackend):
    """Filters by a view's `filterset_class`, and refuses parameters that it does not know."""

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows that the query string asks for; raises `InvalidRequest`."""
        filterset = self.get_filterset(request, queryset, view)
        known = {*filterset.filters, *view.pagination_class.parameters, "format"}
        errors = ErrorList()
        for name in request.query_params.keys() - known:
            message = f"There is no such parameter; there are {', '.join(sorted(known))}."
            errors.add([name], "unknown_parameter", message)
        for name, messages in filterset.errors.get_json_data().items():
            for message in messages:
                errors.add([name], message["code"] or "invalid", message["message"])
        errors.check()
        narrowed: QuerySet[Any] = filterset.qs
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

    def __init__(self, label: str, field_name: str, lookup_expr: str) -> None:
        super().__init__(
            field_name=field_name,
            lookup_expr=lookup_expr,
            label=label,
            help_text="A time in ISO 8601.",
            error_messages={"invalid": "Give a time in ISO 8601, such as 2030-01-31T12:00:00Z."},
        )


class JobFilter(filters.FilterSet):
    """What a list of jobs can be narrowed to."""

    scope = Choice(SCOPES, "Scope", "Jobs that still change, or final ones.", method="by_scope")
    status = Choices(JobState, "Status", "One or more states.", method="by_status")
    type = filters.CharFilter(
        method="by_type",
        label="Type",
        max_length=100,
        help_text="A job type, in snake_case or PascalCase.",
    )
    priority = Choice(range(10), "Priority", "From 0 to 9.")
    executor = filters.CharFilter(label="Executor", max_length=200, help_text="An executor's name.")
    name = filters.CharFilter(
        lookup_expr="icontains",
        label="Name",
        max_length=200,
        help_text="Text in the name, in any case.",
    )
    created_after = Moment("Created at or after", "created_at", "gte")
    created_before = Moment("Created before", "created_at", "lt")
    completed_after = Moment("Completed at or after", "completed_at", "gte")
    completed_before = Moment("Completed before", "completed_at", "lt")

    class Meta:
        model = Job
        fields: list[str] = []

    def by_scope(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs of the scope."""
        return queryset.filter(SCOPES[value])

    def by_status(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs in these states, with what lets an index find those that may be few."""
        if not value:
            return queryset
        if ACTIVE.issuperset(value):
            queryset = queryset.filter(SCOPES["active"])
        elif value == [JobState.FAILED]:
            queryset = queryset.filter(error__isnull=False)
        elif FINAL.issuperset(value):
            queryset = queryset.filter(SCOPES["history"])
        return queryset.filter(status__in=value)

    def by_type(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs of the type, which may be one that is not registered any more."""
        with suppress(UnknownJobType):
            value = types.get(value).name
        return queryset.filter(type=value)
