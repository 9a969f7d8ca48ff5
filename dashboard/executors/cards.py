"""Executors as their pages show them: a row with its slots, its rates and its health."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dashboard.executors import queries, slots
from dashboard.executors.queries import Rates
from dashboard.executors.slots import LiveLease, Slots
from executors.models import Executor, HealthCheck, Member
from jobs.sql import Cursor
from scheduling.dispatching.capacity import all_labels

SHOWN = 64
"""Slots of an executor that the list shows."""
SMALL = 16
"""More slots than that are small cells, without texts."""


@dataclass(frozen=True)
class Card:
    """An executor and what goes on in it."""

    executor: Executor
    slots: Slots
    leases: list[LiveLease]
    rates: Rates
    checks: list[HealthCheck] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its id, as keys of the live stream have it."""
        return str(self.executor.pk)

    @property
    def is_small(self) -> bool:
        """Whether its cells are small."""
        return self.slots.total > SMALL

    @property
    def member(self) -> Member | None:
        """What it has over HTTP, if it is reached so."""
        return getattr(self.executor, "member", None)

    @property
    def implied_labels(self) -> dict[str, str]:
        """The labels that it has without having been given them: its name's and its group's."""
        group = self.member.group if self.member else None
        return all_labels("{}", self.executor.name, group)

    @property
    def types(self) -> list[str]:
        """The job types in its slots, for the legend."""
        return sorted({lease.job_type for lease in self.leases})

    @property
    def can_resume(self) -> bool:
        """Whether a person can have it take work again."""
        offline = self.executor.status == "offline" and self.member is not None
        return offline or self.executor.drained_by is not None

    @property
    def can_drain(self) -> bool:
        """Whether a person can have it take nothing new."""
        return self.executor.status == "online"

    @property
    def can_close(self) -> bool:
        """Whether a person can set it offline: a Celery worker is stopped instead."""
        return self.member is not None and self.executor.status != "offline"


def of(cursor: Cursor, executors: Sequence[Executor], shown: int = SHOWN) -> list[Card]:
    """The cards of executors, in their order."""
    ids = [str(one.pk) for one in executors]
    leases = queries.live_leases(cursor, ids)
    rates = queries.rates(cursor, [one.name for one in executors])
    checks = queries.checks(cursor, [str(one.pk) for one in executors if hasattr(one, "member")])
    return [
        Card(
            one,
            slots.fill(one.slots, leases.get(str(one.pk), []), shown),
            leases.get(str(one.pk), []),
            rates.get(one.name, Rates()),
            checks.get(str(one.pk), []),
        )
        for one in executors
    ]


def by_ids(cursor: Cursor, ids: Collection[str]) -> list[Card]:
    """The cards of those of the executors that there are."""
    return of(cursor, list(Executor.objects.select_related("member").filter(pk__in=ids)))
