"""What the templates of the form are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from dashboard.job.again import curl
from dashboard.submit import options, queries
from dashboard.submit.entry import Entry
from dashboard.submit.forms import messages
from dashboard.submit.forms.shapes.base import json_text
from jobs import types
from jobs.invalid import FieldError


def context(entered: Entry, errors: Sequence[FieldError], origin: str) -> dict[str, Any]:
    """The fields or the JSON of an entry, the errors at their places, and what would be sent.

    `origin` is the scheme and host by which the page was asked for.
    """
    shown: dict[str, Any] = {"kind": described(entered.kind), "text": entered.text}
    fields = []
    if not entered.is_json:
        form = options.form(entered.kind, entered.draft)
        fields = list(form.walk())
        ids = [field.control.text for field in fields if field.control.kind == "artifact"]
        shown |= {"form": form, "artifacts": queries.artifacts(ids)}
    request, _ = entered.settled()
    sent = request if isinstance(request, dict) else {}
    return shown | {
        "fields": fields,
        "messages_by_field": messages.sort(errors, fields),
        "sent": json_text(sent),
        "curl": curl(sent, f"{origin}{reverse('jobs')}"),
    }


def described(kind: types.JobType) -> dict[str, Any]:
    """A type as a person chooses it."""
    lead, _, rest = kind.description.partition("\n\n")
    schema = kind.payload.json_schema()
    return {
        "name": kind.name,
        "lead": " ".join(lead.split()),
        "rest": [" ".join(part.split()) for part in rest.split("\n\n") if part.strip()],
        "fields": list(schema.get("properties", {})),
        "chunkable": kind.chunkable,
        "repeatable": kind.repeatable,
        "timeout": kind.timeout,
        "max_attempts": kind.max_attempts,
    }
