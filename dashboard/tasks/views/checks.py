"""What the form says while it is being filled in: the next ticks, and whether the payload fits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboard.pages.access import PageView
from dashboard.tasks import form
from dashboard.tasks.views.forms import known_fields
from jobs import types
from jobs.errors import UnknownJobType
from jobs.invalid import ErrorList, FieldError, InvalidRequest
from jobs.permissions import Role
from jobs.reading import payload_text
from scheduling import cron
from scheduling.defining import lookup
from scheduling.defining.preview import preview
from scheduling.defining.reading import read_preview
from scheduling.defining.requests import ScheduleRequest

TICKS_SHOWN = 6


class PreviewTicks(PageView):
    """The next ticks of the schedule in the form, as the API's preview has them."""

    http_method_names = ["post"]
    write_role = Role.VIEWER
    template_name = "ui/tasks/preview.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        """The ticks, or what is wrong; always 200, as it is only looked at."""
        known = known_fields()
        posted = request.POST.dict()
        body, errors = form.as_body(
            (known[name] for name in ScheduleRequest.model_fields),
            {k: str(v) for k, v in posted.items()},
        )
        if not body.get("cron_expression") and not errors:
            return self.show({"is_only_triggered": True})
        try:
            return self.show(_ticks(body, errors))
        except InvalidRequest as invalid:
            return self.show({"errors": _labelled(invalid.errors)})


class CheckPayload(PageView):
    """Whether the payload in the form fits the job type that is chosen, and what that takes."""

    http_method_names = ["post"]
    write_role = Role.VIEWER
    template_name = "ui/tasks/payload.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Always 200, as it is only looked at."""
        try:
            kind = types.get(request.POST.get("type", ""))
        except UnknownJobType as error:
            return self.show({"errors": [str(error)] if request.POST.get("type") else []})
        known = known_fields()
        given = {"payload": request.POST.get("payload", "")}
        body, unreadable = form.as_body([known["payload"]], given)
        errors = ErrorList()
        if given["payload"].strip() and not unreadable:
            payload_text({"type": kind.name, **body}, ("payload",), errors)
        found = [*unreadable, *errors.errors]
        return self.show(
            {
                "kind": kind,
                "schema": kind.payload.json_schema(),
                "given": given["payload"].strip(),
                "errors": [f"{one.field}: {one.message}" for one in found[: form.MESSAGES_SHOWN]],
            }
        )


def _ticks(body: dict[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    """Raises `InvalidRequest`."""
    if errors:
        raise InvalidRequest(errors)
    context = lookup.context_for_task()
    request, plan = read_preview({**body, "count": TICKS_SHOWN}, context)
    zone = cron.find_zone(request.timezone)
    assert plan.schedule is not None
    return {
        "words": plan.schedule.describe(),
        "timezone": request.timezone,
        "ticks": preview(plan.schedule, plan.rules, zone, context.now, request.count),
    }


def _labelled(errors: list[FieldError]) -> list[str]:
    known = known_fields()
    return [
        f"{known[one.field].label}: {one.message}" if one.field in known else one.message
        for one in errors
    ]
