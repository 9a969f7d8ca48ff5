"""Filters by a task. What a task is, an upper app knows; the settings say which."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string
from django_filters import rest_framework as filters

from jobs.ids import is_uuid


class TaskFilter(filters.CharFilter):
    """Rows of one task, found by its name or, be it removed or not, by its id."""

    def __init__(self, field_name: str) -> None:
        super().__init__(
            field_name, label="Task", max_length=200, help_text="A task's name or its id."
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows of the task; none where nothing is called so."""
        if not value:
            return qs
        found = import_string(settings.FIND_TASK)(value) or (value if is_uuid(value) else None)
        return qs.filter(**{self.field_name: found}) if found else qs.none()
