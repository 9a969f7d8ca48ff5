"""`{% load forms %}`: what belongs to a field of a form made from a schema."""

from __future__ import annotations

from django import template

from dashboard.submit.forms.fields import Field
from dashboard.submit.forms.messages import Message, Messages
from jobs.models import Artifact

register = template.Library()


@register.filter
def of(messages: Messages, field: Field) -> list[Message]:
    """What is wrong with the field."""
    return messages.by_field.get(field.place.id, [])


@register.filter
def artifact(known: dict[str, Artifact], text: str) -> Artifact | None:
    """The artifact whose id stands in a field."""
    return known.get(text)


@register.filter
def control(field: Field) -> str:
    """The template of its control."""
    return f"ui/submit/fields/{field.control.kind}.html"


@register.filter
def is_group(field: Field) -> bool:
    """Whether it holds fields of its own, so that a label can't point to it."""
    return field.control.kind in {"record", "rows", "union", "nothing"}


@register.simple_tag
def row_to_focus(field: Field, focus: str) -> int | None:
    """The number of the row that was just added to the field, if one was."""
    rows = len(field.control.fields)
    return rows - 1 if rows and focus == f"add:{field.place.name}" else None
