"""Artifacts: upload, list, look at, download."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import artifacts
from jobs.api import queries, shapes
from jobs.api.schema import problems
from jobs.api.views.base import ApiView, ListView
from jobs.errors import ArtifactNotFound
from jobs.models import Artifact

ENVELOPE = 64 * 1024
"""Bytes that multipart may add to the file."""


class Upload(serializers.Serializer[Any]):
    """The form of an upload."""

    file = serializers.FileField(allow_empty_file=True)


FORM = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}},
    "required": ["file"],
}
"""The same for OpenAPI, which the serializer's own description would call a URI."""


class Download(FileResponse):
    """A file in larger blocks: each one is a hop between threads."""

    block_size = 256 * 1024


class AnyMediaType(DefaultContentNegotiation):
    """Gives what there is, whatever the client would like."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:  # noqa: ARG002
        """The first renderer."""
        return renderers[0], renderers[0].media_type


class Artifacts(ListView):
    """Files that payloads and results refer to by their ids. Upload one by a POST."""

    parser_classes = [MultiPartParser]
    serializer_class = Upload
    body_limit = settings.CELERIAC["ARTIFACT_MAX_BYTES"] + ENVELOPE

    def get_queryset(self) -> QuerySet[Any]:
        """All artifacts."""
        return queries.artifacts()

    @extend_schema(operation_id="artifacts_list", responses=shapes.Artifact)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of artifacts."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="artifacts_upload",
        request={"multipart/form-data": FORM},
        responses={201: shapes.Artifact, **problems(400, 413)},
    )
    def post(self, request: Request) -> Response:
        """Keeps a file, sent as the field `file` of a multipart form."""
        form = Upload(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        artifact = artifacts.store(
            cast("BinaryIO", file),
            file.name,
            file.content_type or "",
            created_by=request.user.get_username(),
        )
        where = reverse("artifact", args=[artifact.id])
        return Response(find(artifact.id), status=201, headers={"Location": where})


class OneArtifact(ApiView):
    """What is known about one artifact."""

    @extend_schema(
        operation_id="artifacts_retrieve", responses={200: shapes.Artifact, **problems(404)}
    )
    def get(self, request: Request, artifact_id: UUID) -> Response:  # noqa: ARG002
        """One artifact."""
        return Response(find(artifact_id))


class ArtifactContent(ApiView):
    """The file itself."""

    content_negotiation_class = AnyMediaType

    @extend_schema(
        operation_id="artifacts_content",
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            **problems(404),
        },
    )
    def get(self, request: Request, artifact_id: UUID) -> Download:  # noqa: ARG002
        """The file, always as a download, since whoever sent it chose its type."""
        artifact = artifacts.find(artifact_id)
        return Download(
            artifacts.open_file(artifact_id),
            as_attachment=True,
            filename=artifact.name,
            content_type=artifact.content_type,
            headers={"Content-Security-Policy": "sandbox", "ETag": f'"{artifact.sha256}"'},
        )


def find(artifact_id: UUID | str) -> dict[str, Any]:
    """One artifact in the shape of the API; raises `ArtifactNotFound`."""
    try:
        return queries.artifacts().get(id=artifact_id)
    except Artifact.DoesNotExist:
        raise ArtifactNotFound(id=artifact_id) from None
