"""The pages of actions on many jobs: a count and a confirmation, then step after step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from dashboard.jobs import address
from dashboard.jobs.asked import Asked
from dashboard.jobs.bulk import meant, now, step
from dashboard.jobs.counting import count
from dashboard.jobs.plans import KINDS, BrokenPlan, Plan, Progress, read
from dashboard.pages.access import PageView, is_fragment
from dashboard.pages.acting import log
from jobs.errors import CeleriacError
from jobs.ids import is_uuid
from jobs.invalid import InvalidRequest
from jobs.permissions import Role

NOTHING = "Choose jobs first, or tick the box for all of them."


class Refused(CeleriacError):
    """{reason}"""

    code = "refused"


class BulkPage(PageView):
    """A part of the list's page, or a page of its own for browsers without scripts."""

    http_method_names = ["post"]
    write_role = Role.OPERATOR

    def part(self, name: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """The part called `name`."""
        template = f"ui/jobs/bulk/{name}.html"
        if is_fragment(self.request):
            return render(self.request, template, dict(context), status=status)
        whole = {**context, "part": template}
        return render(self.request, "ui/jobs/bulk/page.html", whole, status=status)


class Confirm(BulkPage):
    """Counts what is meant, and asks whether to go on."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """The question, with the plan in it."""
        try:
            plan = _plan(request.POST, self.actor)
            counted = count(meant(plan))
        except (Refused, InvalidRequest) as error:
            return self.part("refused", {"error": error}, status=400)
        if counted.number == 0:
            return self.part("nothing", {"plan": plan})
        plan = replace(plan, total=counted.number if counted.exact else None)
        return self.part("confirm", {"progress": Progress(plan), "plan": plan, "count": counted})


class Run(BulkPage):
    """Does the next step."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """How far it is now."""
        progress = read(request.POST.get("progress", ""), self.actor)
        after = step(progress)
        fates = {fate: n - progress.fates.get(fate, 0) for fate, n in after.fates.items()}
        this = replace(after, fates=fates, looked=after.looked - progress.looked)
        if this.looked:
            log(self.actor, after.plan.action, _what(after.plan), this.told())
        return self.part("progress", {"progress": after, "plan": after.plan})


class Resume(BulkPage):
    """Shows how far an action was when its page was closed."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """The same as after its last step, stopped; nothing if it was another person's."""
        try:
            progress = read(request.POST.get("progress", ""), self.actor)
        except BrokenPlan:
            return HttpResponse(status=204)
        return self.part("progress", {"progress": progress, "plan": progress.plan, "stuck": True})


def _plan(form: QueryDict, actor: str) -> Plan:
    """What the form asks for; raises `Refused` or `InvalidRequest`."""
    action, priority = form.get("action", ""), form.get("priority", "")
    if action not in KINDS:
        raise Refused(reason=f"There is no action {action[:40]!r}.")
    if action == "set_priority" and priority not in set("0123456789"):
        raise Refused(reason="A priority is a number from 0 to 9.")
    ids = [] if form.get("everything") else form.getlist("id")
    if not ids and not form.get("everything"):
        raise Refused(reason=NOTHING)
    if not all(map(is_uuid, ids)):
        raise Refused(reason="One of the chosen jobs has no id: load the page again.")
    asked = Asked(_without_place(form.get("query", "")), timezone.now())
    if asked.errors:
        raise InvalidRequest(asked.errors)
    until, at = now()
    return Plan(
        action=action,
        actor=actor,
        until=until,
        at=at,
        query="" if ids else asked.filters.urlencode(),
        ids=ids,
        priority=int(priority) if action == "set_priority" else None,
    )


def _what(plan: Plan) -> str:
    """The jobs of a plan, in a word for the log."""
    if plan.ids:
        return "chosen jobs"
    return f"jobs with {plan.query}" if plan.query else "all jobs"


def _without_place(text: str) -> QueryDict:
    query = address.tidy(QueryDict(text, mutable=True))
    for name in ("cursor", "size"):
        query.pop(name, None)
    return query
