"""`{% load job %}`: JSON values of a job as folded trees."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboard.job.summary import Summary
from dashboard.job.tree import Node

register = template.Library()

OPEN = mark_safe(" open")


@register.filter
def plain(name: str) -> str:
    """A name such as `handed_over` in words."""
    return name.replace("_", " ")


@register.simple_tag
def json_tree(node: Node) -> SafeString:
    """The value; objects, arrays and long texts can be folded."""
    return format_html('<div class="json">{}</div>', _node(node))


def _node(node: Node) -> SafeString:
    key = format_html('<span class="json-key">{}</span> ', node.key) if node.key else ""
    if node.summary:
        figures = format_html(
            '{}<span class="json-head">{}</span> {}', key, node.head, _figures(node.summary)
        )
        return format_html("{}{}", figures, _line("numbers", node.text) if node.text else "")
    if node.kind in {"object", "array"} and node.items:
        return _folded(node, key, _items(node))
    if node.head and node.kind == "string":
        return _folded(node, key, format_html('<pre class="json-text">{}</pre>', node.text))
    text = node.text or {"object": "{}", "array": "[]"}.get(node.kind, "")
    return format_html("{}{}", key, _line(node.kind, text))


def _folded(node: Node, key: SafeString | str, inside: SafeString) -> SafeString:
    return format_html(
        '<details{}><summary>{}<span class="json-head">{}</span></summary>{}</details>',
        OPEN if node.is_open else "", key, node.head, inside,
    )  # fmt: skip


def _items(node: Node) -> SafeString:
    rows = format_html_join("", "<li>{}</li>", ((_node(item),) for item in node.items))
    more = format_html('<li class="muted">and {} more</li>', f"{node.left_out:,}")
    return format_html('<ul class="json-items">{}{}</ul>', rows, more if node.left_out else "")


def _figures(summary: Summary) -> SafeString:
    figures = (("min", summary.least), ("max", summary.most), ("mean", summary.mean))
    return format_html_join(
        " ", '<span class="json-figure">{} <b>{}</b></span>',
        ((name, f"{value:,.6g}") for name, value in figures),
    )  # fmt: skip


def _line(kind: str, text: str) -> SafeString:
    return format_html('<span class="json-{}">{}</span>', kind, text)
