"""Removes what once let somebody in: tokens and sessions that have expired."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.functions import Now
from knox.models import AuthToken

TOKENS_SHOWN = timedelta(days=7)
"""For so long the admin still shows a token that has expired, to whom it is refused."""


def prune_expired(limit: int = 1000) -> int:
    """Removes up to `limit` tokens and as many sessions; how many."""
    tokens = AuthToken.objects.filter(expiry__lt=Now() - TOKENS_SHOWN)
    sessions = Session.objects.filter(expire_date__lt=Now())
    return _remove(tokens, limit) + _remove(sessions, limit)


def _remove(rows: QuerySet, limit: int) -> int:
    first = rows.values("pk")[:limit]
    removed, _ = rows.model._base_manager.filter(pk__in=first).delete()  # noqa: SLF001
    return int(removed)
