"""Makes, changes and removes calendars, each in a transaction of its own."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from scheduling.defining import lookup
from scheduling.defining.reading import read_calendar, refuse_name
from scheduling.defining.requests import CalendarRequest
from scheduling.errors import CalendarInUse, CalendarNotFound
from scheduling.models import Calendar


def create(value: object) -> str:
    """A new calendar of a parsed body; its id. Raises `InvalidRequest`."""
    request, _ = read_calendar(value, lookup.context_for_calendar())
    return write(Calendar(), request)


def replace(calendar_id: str, value: object, *, whole: bool) -> None:
    """Makes a calendar anew, or changes what the body names; beat follows at once."""
    with transaction.atomic():
        row = Calendar.objects.select_for_update().filter(pk=calendar_id).first()
        if row is None:
            raise CalendarNotFound(id=calendar_id)
        if not whole and isinstance(value, dict):
            present = {name: getattr(row, name) for name in CalendarRequest.model_fields}
            value = {**present, **value}
        request, _ = read_calendar(value, lookup.context_for_calendar(row))
        write(row, request)


def delete(calendar_id: str) -> None:
    """Removes a calendar; raises `CalendarInUse`, `CalendarNotFound`."""
    with transaction.atomic():
        row = Calendar.objects.select_for_update().filter(pk=calendar_id).first()
        if row is None:
            raise CalendarNotFound(id=calendar_id)
        users = row.tasks.select_related("periodic_task")[:3]
        if names := [repr(task.name) for task in users]:
            raise CalendarInUse(names=", ".join(names))
        row.delete()


def write(row: Calendar, request: CalendarRequest) -> str:
    """Stores a new calendar or a changed one as a request, which was checked, says; its id."""
    for name in CalendarRequest.model_fields:
        setattr(row, name, getattr(request, name))
    row.rules = [rule.model_dump(exclude_defaults=True) for rule in request.rules]
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        refuse_name(request.name)
    return str(row.pk)
