"""The job type `reverse_string`."""

from __future__ import annotations

import regex
from pydantic import Field

from jobs.context import JobContext
from jobs.types import Payload, job_type


class ReverseString(Payload):
    """A text."""

    text: str = Field(description="Any text.")


class ReversedString(Payload):
    """The text, last character first."""

    text: str = Field(description="Accents, emoji and flags of the text are whole.")


@job_type("reverse_string")
def reverse_string(_context: JobContext, payload: ReverseString) -> ReversedString:
    """Turns a text around, character by character as a reader sees them (grapheme clusters)."""
    return ReversedString(text="".join(reversed(regex.findall(r"\X", payload.text))))
