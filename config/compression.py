"""Pages and what they load are compressed on their way to a browser.

The API's answers are not: its clients are many, near and quick.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

PLACES = ("/ui/", "/static/")
TEXTS = ("text/", "application/json", "application/javascript", "image/svg+xml")


class CompressionMiddleware(GZipMiddleware):
    """Compresses texts below `PLACES`.

    A form's token is masked anew in each page, so that the size of an answer does not tell it.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """The answer, compressed if it is worth it and the browser takes it."""
        is_text = response.headers.get("Content-Type", "").startswith(TEXTS)
        # A part of a file (206) is a part of what is not compressed.
        if response.status_code != 200 or not is_text or not request.path.startswith(PLACES):
            return response
        return super().process_response(request, response)
