"""What a person does on a page: done as the API does it, logged, and answered where it was made."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from dashboard.pages.access import is_fragment
from jobs.errors import CeleriacError

logger = logging.getLogger("celeriac.actions")

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What came of an action: a value, or why it was refused."""

    value: T | None = None
    error: CeleriacError | None = None

    @property
    def done(self) -> bool:
        """Whether it was done."""
        return self.error is None


def act(request: HttpRequest, action: str, on: object, work: Callable[[str], T]) -> Outcome[T]:
    """Does `work(actor)` and logs who did what on what; a `CeleriacError` is part of the outcome.

    `action` is a word such as `cancel`, `on` names what it is done to: an id, or `12 jobs`.
    """
    actor = request.user.get_username()
    try:
        value = work(actor)
    except CeleriacError as error:
        log(actor, action, on, f"refused, {error.code}")
        return Outcome(error=error)
    log(actor, action, on, "done")
    return Outcome(value)


def log(actor: str, action: str, on: object, result: str) -> None:
    """One line in the log `celeriac.actions`."""
    logger.info("%s: %s %s: %s", actor, action, on, result)


def answer(
    request: HttpRequest,
    outcome: Outcome[Any],
    *,
    message: str,
    to: str,
    fragment: str = "",
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """The answer to a form: for htmx the `fragment`, else a redirect `to` a page of ours.

    The fragment's template gets `context`, `error` (a text, or empty) and `message`; it shows the
    error itself, and the message appears in `#messages`. Without a fragment htmx goes `to`, too.
    """
    error = str(outcome.error) if outcome.error else ""
    if fragment and is_fragment(request):
        given = {**(context or {}), "error": error, "message": "" if error else message}
        return render(request, "ui/parts/answer.html", given | {"fragment": fragment})
    messages.add_message(request, messages.ERROR if error else messages.SUCCESS, error or message)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return HttpResponseRedirect(to)
