"""The pages of executors."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboard.executors import cards, life, queries
from dashboard.executors.cards import Card
from dashboard.kept import Kept
from dashboard.pages.access import PageView
from dashboard.pages.acting import act, answer
from executors.models import Executor
from executors.states import ExecutorStatus, Protocol
from executors.status import set_status
from jobs.invalid import ErrorList
from jobs.sql import retry_on_deadlock
from jobs.wake import wake_dispatcher

PAGE_SIZE = 60
EXECUTIONS_SHOWN = 40
ALL_SLOTS = 1024
CHECKS_LISTED = 8
kept: Kept[list[dict[str, Any]]] = Kept(1.0)
"""What executors ran lately, by their ids, for all who look."""
SAID = {
    ExecutorStatus.ONLINE: "takes work again",
    ExecutorStatus.DRAINING: "ends what it has and takes nothing new",
    ExecutorStatus.OFFLINE: "is offline",
}


class Executors(PageView):
    """All executors with their slots."""

    template_name = "ui/executors/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them, narrowed by `name` and `status`."""
        name, status, number = _asked(request)
        page = Paginator(queries.executors(name, status), PAGE_SIZE).get_page(number)
        with connection.cursor() as cursor:
            shown = cards.of(cursor, list(page.object_list))
        return self.show(
            {
                "cards": shown,
                "page": page,
                "name": name,
                "status": status,
                "statuses": list(ExecutorStatus),
                "topic": topic(shown),
                "types": sorted({kind for card in shown for kind in card.types}),
            }
        )


class OneExecutor(PageView):
    """An executor: what it is, what runs in it, and what ran."""

    template_name = "ui/executors/executor.html"

    def get(self, request: HttpRequest, executor_id: UUID) -> HttpResponse:
        """Everything about it, or with `?part=` one of the `PARTS`."""
        key, part = str(executor_id), request.GET.get("part", "")
        if part in PARTS:
            self.template_name = f"ui/executors/{part}.html"
            return self.show(PARTS[part](queries.executor(key)))
        card = one(key, ALL_SLOTS)
        return self.show(
            {
                **lately(card.executor),
                **recent_life(card.executor),
                "card": card,
                "topic": topic([card]),
                "newest_checks": card.checks[: -CHECKS_LISTED - 1 : -1],
                "flower_url": flower_page(card),
            }
        )


class ChangeStatus(PageView):
    """Has an executor drain, resume or, over HTTP only, go offline, by a POST."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, executor_id: UUID) -> HttpResponse:
        """Does it, and shows the buttons that there are then, with the error if it was refused."""
        wanted, key = _wanted(request), str(executor_id)
        name = queries.executor(key).name

        def change(actor: str) -> None:
            def in_transaction() -> None:
                transaction.on_commit(wake_dispatcher, robust=True)
                with connection.cursor() as cursor:
                    set_status(cursor, key, wanted, actor)

            retry_on_deadlock(in_transaction)

        outcome = act(request, f"set {wanted}", f"executor {key}", change)
        return answer(
            request,
            outcome,
            message=f"{name} {SAID[wanted]}.",
            to=reverse("ui:executor", args=[executor_id]),
            fragment="ui/executors/steer.html",
            context={"card": one(key)},
        )


def lately(executor: Executor) -> dict[str, Any]:
    """What it ran."""

    def read() -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            return queries.latest_executions(cursor, str(executor.pk), EXECUTIONS_SHOWN)

    return {"executions": kept.get(str(executor.pk), read)}


def recent_life(executor: Executor) -> dict[str, Any]:
    """What it went through; nothing of an HTTP executor, which has health checks."""
    if executor.protocol != Protocol.CELERY:
        return {}
    with connection.cursor() as cursor:
        found = life.read(cursor, executor)
    return {
        "executor": executor,
        "life": found,
        "has_lost": any(its.kind == "lost" for its in found),
        "hours": life.HOURS,
    }


PARTS = {"executions": lately, "life": recent_life}
"""What a page fetches anew as it changes: its template in `ui/executors/`, and what that needs."""


def one(executor_id: str, shown: int = cards.SHOWN) -> Card:
    """The card of an executor; raises `ExecutorNotFound`."""
    with connection.cursor() as cursor:
        return cards.of(cursor, [queries.executor(executor_id)], shown)[0]


def flower_page(card: Card) -> str:
    """Where Flower shows the worker; empty for what is none, and where there is no Flower."""
    flower = settings.CELERIAC["FLOWER_URL"]
    if not flower or card.member is not None:
        return ""
    return f"{flower.rstrip('/')}/worker/{quote('celery@' + card.executor.name)}"


def topic(shown: list[Card]) -> str:
    """What the page is told of as it changes."""
    return "slots:" + ",".join(card.id for card in shown)


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    """What the query string narrows the list to; raises `InvalidRequest`."""
    errors = ErrorList()
    name, status = request.GET.get("name", ""), request.GET.get("status", "")
    if "\0" in name or len(name) > 200:
        errors.add(["name"], "invalid", "Give at most 200 characters, none of them NUL.")
    if status and status not in set(ExecutorStatus):
        errors.add(["status"], "invalid_choice", f"Give one of {', '.join(ExecutorStatus)}.")
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        errors.add(["page"], "range", "Give the number of a page.")
    errors.check()
    return name, status, number


def _wanted(request: HttpRequest) -> ExecutorStatus:
    """The status that is asked for; raises `InvalidRequest`."""
    errors = ErrorList()
    given = request.POST.get("status", "")
    if given not in set(ExecutorStatus):
        errors.add(["status"], "invalid_choice", f"Give one of {', '.join(ExecutorStatus)}.")
    errors.check()
    return ExecutorStatus(given)
