"""What the address of the list asks for: filters, and a place in the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from jobs.api.filtering import narrow
from jobs.api.filters import JobFilter
from jobs.api.keyset import Order, Place
from jobs.invalid import ErrorList, FieldError, InvalidRequest
from jobs.models import Job

ORDER = Order("-created_at", "id")
"""Of the list, which has no other."""
SALT = "ui/jobs"
"""Of its cursors."""
SIZES = (50, 100, 200)
"""Rows in a page, the usual number first."""
UNITS = {"min": "minutes", "h": "hours", "d": "days"}
SINCE = re.compile(r"([1-9]\d{0,3})(min|h|d)")
OWN = frozenset({"cursor", "size", "since"})
"""Parameters that the API's filters don't know."""


@dataclass(frozen=True)
class Asked:
    """A query string, read with a clock: `since=24h` counts back from `now`."""

    query: QueryDict
    now: datetime

    @cached_property
    def errors(self) -> list[FieldError]:
        """What makes no sense in it."""
        errors = ErrorList()
        self._read_own(errors)
        try:
            _ = self.jobs
        except InvalidRequest as refused:
            errors.errors += refused.errors
        return errors.errors

    @cached_property
    def jobs(self) -> QuerySet[Any]:
        """The jobs that match; raises `InvalidRequest`."""
        return narrow(JobFilter(data=self.filters, queryset=Job.objects.all()))

    @property
    def place(self) -> Place | None:
        """Where the page begins."""
        cursor = self.query.get("cursor")
        return Place.decode(cursor, SALT) if cursor else None

    @property
    def size(self) -> int:
        """Rows in the page."""
        return int(self.query.get("size") or SIZES[0])

    @property
    def filters(self) -> QueryDict:
        """The filters in the words of the API, which mean the same at any later time."""
        filters = self._without(OWN)
        if match := SINCE.fullmatch(self.query.get("since", "")):
            span = timedelta(**{UNITS[match[2]]: int(match[1])})
            filters["created_after"] = (self.now - span).isoformat()
        return filters

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered."""
        return bool(self._without({"cursor", "size"}))

    def url(self, replaced: Mapping[str, str]) -> str:
        """The query string with other values, from its first page; an empty one is taken out."""
        query = self._without({"cursor"})
        for name, text in replaced.items():
            if text:
                query[name] = text
            else:
                query.pop(name, None)
        return f"?{query.urlencode(safe=',:')}"

    def _without(self, names: Iterable[str]) -> QueryDict:
        query = self.query.copy()
        for name in names:
            query.pop(name, None)
        return query

    def _read_own(self, errors: ErrorList) -> None:
        since, size = self.query.get("since"), self.query.get("size")
        if since and not SINCE.fullmatch(since):
            errors.add(["since"], "since", "Give a time span such as 15min, 24h or 7d.")
        if size and size not in map(str, SIZES):
            errors.add(["size"], "range", f"Give one of {', '.join(map(str, SIZES))}.")
        try:
            _ = self.place
        except ValueError:
            message = "This place in the list is broken: start at its first page."
            errors.add(["cursor"], "cursor", message)
