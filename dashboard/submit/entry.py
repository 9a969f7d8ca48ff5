"""What a person has entered of a request so far, as fields or as JSON, and whether it is right."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.utils.datastructures import MultiValueDict

from dashboard.submit import options
from dashboard.submit.forms.data import Change, Data
from dashboard.submit.forms.drafts import Draft, Raw, settle
from dashboard.submit.forms.shapes.base import json_text
from jobs import types
from jobs.errors import UnknownJobType
from jobs.invalid import ErrorList, FieldError, InvalidRequest
from jobs.reading import read_job
from jobs.submission import NewJob

TEXT = "request"
"""The name of the box that holds all of the request as JSON."""


@dataclass(frozen=True)
class Entry:
    """A request for a job of a type: a draft of its fields, or a `text` where it is JSON."""

    kind: types.JobType
    draft: Mapping[str, Draft] = field(default_factory=dict)
    text: str | None = None

    @property
    def is_json(self) -> bool:
        """Whether it is entered as JSON."""
        return self.text is not None

    def settled(self) -> tuple[Any, list[FieldError]]:
        """The request in JSON, and what is wrong with how it is written."""
        errors = ErrorList()
        draft = {"type": self.kind.name, **self.draft} if self.text is None else Raw(self.text)
        value = settle(draft, errors)
        return value, errors.errors

    def checked(self, actor: str) -> tuple[NewJob | None, list[FieldError]]:
        """The job that it asks for, or all that is wrong: what the API would say."""
        value, errors = self.settled()
        if errors and self.is_json:
            return None, errors
        named = {error.field for error in errors}
        try:
            job = read_job(value, actor)
        except InvalidRequest as invalid:
            return None, [*errors, *(one for one in invalid.errors if one.field not in named)]
        return (None, errors) if errors else (job, [])

    def as_json(self) -> Entry:
        """The same as JSON text; what is no JSON yet is left out."""
        if self.text is not None:
            return self
        value, _ = self.settled()
        return Entry(self.kind, self.draft, json_text(value))

    def as_fields(self) -> Entry:
        """The same as fields, of the type that it names; itself while it is no JSON object."""
        value, errors = self.settled()
        if errors or not isinstance(value, dict):
            return self
        return of_request(value, self.kind)


def blank(kind: types.JobType) -> Entry:
    """What an empty form says."""
    return Entry(kind, options.read(kind, Data({})))


def of_request(request: Mapping[str, Any], kind: types.JobType) -> Entry:
    """The entry of a request in JSON; `kind` if the request names no type that there is."""
    with suppress(LookupError, TypeError, UnknownJobType):
        kind = types.get(request["type"])
    known = {key: value for key, value in request.items() if options.knows(kind, key)}
    if len(known) < len(request):
        # There is no field for what is left, which the person shall see and mend.
        return Entry(kind, known, json_text(dict(request)))
    return Entry(kind, known)


def of_form(
    data: MultiValueDict[str, str], kind: types.JobType, ids: Mapping[str, str] | None = None
) -> Entry:
    """The entry in form data; `ids` of artifacts are instead of what stands in their fields."""
    lists = {**dict(data.lists()), **{name: [id_] for name, id_ in (ids or {}).items()}}
    if TEXT in lists:
        return Entry(kind, text=Data(lists).text(TEXT))
    return Entry(kind, options.read(kind, Data(lists, Change.of(data.get("do", "")))))
