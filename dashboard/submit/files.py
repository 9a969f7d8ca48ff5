"""Files that come with a form: kept as artifacts, whose ids then stand in their fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_protect

from dashboard.pages.access import problem
from jobs import artifacts
from jobs.api.parsers import LengthRequired, check_length
from jobs.errors import ArtifactTooLarge
from jobs.invalid import BodyTooLarge, FieldError
from jobs.models import Artifact

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

SUFFIX = ":file"


def guarded(answer: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that looks at the announced length of a form before anything reads it.

    The check of the form's CSRF token, which reads the form, comes after it.
    """
    limit = settings.CELERIAC["ARTIFACT_MAX_BYTES"] + settings.CELERIAC["REQUEST_MAX_BYTES"]
    protected = csrf_protect(answer)

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            check_length(request.META, limit)
        except (BodyTooLarge, LengthRequired) as error:
            return problem(request, 413, "Too large", str(error))
        return protected(request, *args, **kwargs)

    return view


def keep(request: HttpRequest) -> tuple[dict[str, str], list[FieldError]]:
    """Stores the files of a form: the ids by the names of their fields, and what went wrong."""
    ids: dict[str, str] = {}
    errors: list[FieldError] = []
    for name, file in request.FILES.items():
        if not name.endswith(SUFFIX):
            continue
        field = name.removesuffix(SUFFIX)
        try:
            stored = _store(cast("UploadedFile", file), request.user.get_username())
        except ArtifactTooLarge as error:
            errors.append(FieldError(field, str(error), error.code))
        else:
            ids[field] = str(stored.id)
    return ids, errors


def _store(file: UploadedFile, actor: str) -> Artifact:
    return artifacts.store(
        cast("BinaryIO", file), file.name or "", file.content_type or "", created_by=actor
    )
