"""Reads bodies of requests, none of them further than its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from jobs import jsontext
from jobs.errors import CeleriacError
from jobs.invalid import BodyTooLarge


class LengthRequired(CeleriacError):
    """Send the body with a Content-Length; a chunked one is not read."""

    code = "length_required"


class JsonParser(BaseParser):
    """One JSON value, strictly."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """The parsed value; raises `NotJson`."""
        return jsontext.parse(stream.read())


def check_length(headers: Mapping[str, Any], limit: int | None = None) -> None:
    """Raises before anything is read: `BodyTooLarge` (bytes), or `LengthRequired`.

    `headers` are a WSGI environment's. The server never hands out more than was announced.
    """
    limit = limit or settings.CELERIAC["REQUEST_MAX_BYTES"]
    announced = headers.get("CONTENT_LENGTH") or ""
    if not announced and headers.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired
    if announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge(limit=limit)
