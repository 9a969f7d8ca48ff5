"""`{% load ui %}`: how the pages show states, times and values, and who sees what."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.pages import navigation, times
from dashboard.pages.icons import ICONS
from jobs import readable
from jobs.permissions import Role, roles_of

register = template.Library()

register.filter("absolute", times.absolute)
register.filter("duration", readable.duration)
register.filter("filesize", readable.file_size)
register.filter("pretty_json", readable.pretty_json)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing beside a text, which is what says what it means."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        mark_safe(ICONS[name]),  # noqa: S308  (our own constants)
    )


@register.simple_tag
def state(name: str) -> SafeString:
    """The state of a job, an execution, an executor: its name, and a colour."""
    return format_html('<span class="badge badge-{}">{}</span>', name, name)


@register.simple_tag
def moment(value: datetime | str | None, style: str = "relative") -> SafeString | str:
    """A time: `relative` to now, as a `clock`, or `absolute`; times.js writes it for the viewer."""
    when = parse_datetime(value) if isinstance(value, str) else value
    if when is None:
        return "-"
    absolute = times.absolute(when)
    return format_html(
        '<time datetime="{}" data-time="{}" title="{}">{}</time>',
        when.isoformat(), style, absolute, absolute,
    )  # fmt: skip


@register.filter
def short(value: UUID | str | None) -> str:
    """The end of an id: its first half is the same for all that was made at about one time."""
    return f"…{str(value)[-8:]}" if value else "-"


@register.simple_tag(takes_context=True)
def pages(context: Any) -> list[navigation.Link]:
    """The pages of the frame."""
    return navigation.pages(context["request"])


@register.simple_tag(takes_context=True)
def others(context: Any) -> list[navigation.Link]:
    """What else the frame leads to."""
    return navigation.others(context["request"])


@register.simple_tag(takes_context=True)
def counterparts(context: Any) -> list[navigation.Link]:
    """The same thing in the API and the admin."""
    return navigation.counterparts(context["request"])


@register.simple_tag(takes_context=True)
def page_of(context: Any) -> str:
    """The page that shows what the browsable API shows here."""
    return navigation.page_of(context["request"])


class Can(template.Node):
    """Shown to those who hold a role."""

    def __init__(self, role: FilterExpression, shown: NodeList) -> None:
        self._role = role
        self._shown = shown

    def render(self, context: Any) -> SafeString:
        """What is inside, or nothing."""
        if Role(self._role.resolve(context)) in roles_of(context["request"].user):
            return self._shown.render(context)
        return SafeString("")


@register.tag
def can(parser: Parser, token: Token) -> Can:
    """`{% can "operator" %}…{% endcan %}`."""
    _, role = token.split_contents()
    shown = parser.parse(("endcan",))
    parser.delete_first_token()
    return Can(parser.compile_filter(role), shown)
