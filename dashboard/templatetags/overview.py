"""`{% load overview %}`: what the overview was told, and its chart in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from dashboard.history.charts import MEASURES, Asked
from jobs.readable import duration

register = template.Library()


@register.filter
def at(told: Mapping[str, Any], key: str) -> str:
    """A figure, as live.js writes it."""
    value = told[key]
    return f"{value:,}" if isinstance(value, int) else str(value)


@register.filter
def part(told: Mapping[str, Any], name: str) -> SafeString:
    """A part of the page that was rendered for all who look."""
    html: str = told[f"html.{name}"]
    return mark_safe(html)  # noqa: S308  (a template of ours made it)


@register.simple_tag
def chart_title(asked: Asked) -> str:
    """What a chart shows."""
    step = duration(asked.shown.step)
    if asked.is_of_times:
        return f"{MEASURES[asked.measure]}, every {step}"
    if asked.measure == "finished":
        return f"Jobs finished, every {step}"
    return f"Jobs {asked.measure}, mean of {step}"


@register.simple_tag
def chart_value(asked: Asked, value: float | None) -> str:
    """A value of a chart; nothing where there is none."""
    if value is None:
        return ""
    return duration(value) if asked.is_of_times else f"{value:,g}"
