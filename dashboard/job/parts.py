"""The parts of a job's page that change while it is open.

Each is a template of its own. A page says of each part which version it shows, and is sent those
of which there is another: so nothing is replaced that stayed the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

NAMES = ("head", "steer", "chart", "executions", "why", "outcome", "files", "events", "facts")
"""The parts; `ui/job/parts/NAME.html` each."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part as HTML; `version` differs where the HTML does."""

    name: str
    html: str
    version: str

    @property
    def seen(self) -> str:
        """What a page that shows it says."""
        return f"{self.name}:{self.version}"


def render(request: HttpRequest, context: Mapping[str, Any]) -> list[Part]:
    """All parts of a page."""
    return [_part(request, name, context) for name in NAMES]


def unseen(parts: list[Part], seen: Collection[str]) -> list[Part]:
    """Those that a page does not show as they are."""
    return [part for part in parts if part.seen not in seen]


def _part(request: HttpRequest, name: str, context: Mapping[str, Any]) -> Part:
    html = render_to_string(f"ui/job/parts/{name}.html", dict(context), request)
    return Part(name, html, hashlib.sha256(html.encode()).hexdigest()[:12])
