"""Forms whose fields are checked as the API checks a body, so that both say the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Model

from jobs.invalid import FieldError, InvalidRequest


class RequestForm(forms.ModelForm):
    """A form that becomes a request; a subclass's `check_request` keeps what it was read as."""

    request_fields: Iterable[str]

    def clean(self) -> dict[str, Any]:
        """Shows what is wrong with the request beside the fields that are meant."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            self.check_request({name: _as_json(cleaned.get(name)) for name in self.request_fields})
        except InvalidRequest as invalid:
            for error in invalid.errors:
                self._show(error)
        return cleaned

    def check_request(self, body: dict[str, Any]) -> None:
        """Reads the body of a request; raises `InvalidRequest`."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        """The instance is left alone: whoever saves takes what the request was read as."""

    def _show(self, error: FieldError) -> None:
        field = error.field.partition(".")[0].partition("[")[0]
        if field in self.fields:
            where = "" if error.field == field else f"{error.field}: "
            self.add_error(field, where + error.message)
        else:
            self.add_error(None, f"{error.field}: {error.message}")


def _as_json(value: Any) -> Any:
    """A form's value as a request has it; what was left empty is null."""
    if value == "":
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value.pk) if isinstance(value, Model) else value
