"""Writes answers: JSON for programs, pages for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from pydantic_core import to_json
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer


class JsonRenderer(JSONRenderer):
    """JSON, some ten times faster than the standard one where nobody asked for indentation."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of `data`; none at all for None."""
        if data is None:
            return b""
        indent = self.get_indent(accepted_media_type or "", dict(renderer_context or {}))
        return to_json(data, indent=indent)


class PageRenderer(BrowsableAPIRenderer):
    """The browsable API; a view's `example` fills in the box for the body."""

    def get_context(self, *args: Any) -> dict[str, Any]:
        """What the template needs; no style sheet for code samples, of which there are none."""
        context: dict[str, Any] = super().get_context(*args)
        return context | {"code_style": ""}

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        """The form with the box, or None where the method or the role does not allow it."""
        form = super().get_raw_data_form(data, view, method, request)
        if isinstance(form, forms.Form):
            example = getattr(view, "example", {})
            form.initial["_content"] = json.dumps(example, indent=4) if example else ""
            form.fields["_content"].initial = form.initial["_content"]
        return form
