"""Pages of long tables, without counting them: COUNT(*) of ten million rows takes seconds."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from jobs.timelimit import TookTooLong, time_limit

EXACT = 10_000
"""Rows that are counted, if Postgres expects no more."""
COUNT_SECONDS = 0.3
"""How long that may take."""


class EstimatingPaginator(Paginator):
    """Knows the exact number of few rows, and Postgres' estimate of many."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        """How many rows there are, or about how many."""
        estimate = self._estimate()
        if estimate > EXACT:
            return estimate
        try:
            with time_limit(COUNT_SECONDS):
                return int(self.object_list.count())
        except TookTooLong:
            return estimate

    def _estimate(self) -> int:
        # Django has no plan where it knows by itself that there are no rows.
        plans = json.loads(self.object_list.order_by().explain(format="json") or "[]")
        return int(plans[0]["Plan"]["Plan Rows"]) if plans else 0
