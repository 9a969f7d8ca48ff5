"""Files over HTTP."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from jobs.api import shapes
from jobs.models import Artifact
from tests.api.client import NOWHERE, Api, fields, problem

CONTENT = bytes(range(256)) * 4096


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def upload(api: Api, content: bytes = CONTENT, name: str = "a.bin", kind: str = "") -> HttpResponse:
    file = SimpleUploadedFile(name, content, kind or "application/octet-stream")
    return api.client.post("/api/v1/artifacts", {"file": file})


def read(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_file_comes_back_as_it_was(operator: Api, viewer: Api) -> None:
    answer = upload(operator, name="photo.png", kind="image/png")
    assert answer.status_code == 201
    shown = shapes.Artifact.model_validate_json(answer.content)
    assert (shown.name, shown.content_type, shown.size) == ("photo.png", "image/png", len(CONTENT))
    assert shown.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (shown.created_by, shown.job) == (operator.name, None)
    assert viewer.get(answer["Location"]).json() == answer.json()
    assert viewer.get("artifacts").json()["results"] == [answer.json()]
    content = viewer.get(f"artifacts/{shown.id}/content")
    assert read(content) == CONTENT
    assert content["Content-Length"] == str(len(CONTENT))
    assert content["Content-Type"] == "image/png"


def test_a_file_may_be_empty(operator: Api) -> None:
    answer = upload(operator, b"")
    assert (answer.status_code, answer.json()["size"]) == (201, 0)
    assert read(operator.get(f"artifacts/{answer.json()['id']}/content")) == b""


def test_content_never_opens_in_a_browser(operator: Api) -> None:
    page = upload(operator, b"<script>alert(1)</script>", 'x".html', "text/html").json()
    answer = operator.client.get(
        f"/api/v1/artifacts/{page['id']}/content", headers={"Accept": "text/html"}
    )
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox"
    assert read(answer)


def test_any_client_may_download(operator: Api) -> None:
    artifact = upload(operator).json()
    path = f"/api/v1/artifacts/{artifact['id']}/content"
    assert read(operator.client.get(path, headers={"Accept": "image/*"})) == CONTENT


@pytest.mark.parametrize("limit", [1000, len(CONTENT) - 1])
def test_a_file_over_the_limit(operator: Api, settings: Any, media: Path, limit: int) -> None:
    settings.CELERIAC = settings.CELERIAC | {"ARTIFACT_MAX_BYTES": limit}
    assert str(limit) in problem(upload(operator), 413)["detail"]
    assert not Artifact.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("form", "field"),
    [({}, "file"), ({"file": "text"}, "file"), ({"other": "x"}, "file")],
)
def test_a_form_without_a_file(operator: Api, form: dict[str, str], field: str) -> None:
    assert set(fields(operator.client.post("/api/v1/artifacts", form))) == {field}


def test_a_broken_form(operator: Api) -> None:
    answer = operator.client.post(
        "/api/v1/artifacts", b"rubbish", content_type="multipart/form-data"
    )
    problem(answer, 400)


def test_json_is_no_upload(operator: Api) -> None:
    assert "multipart/form-data" in problem(operator.post("artifacts", {}), 415)["detail"]


def test_there_is_no_such_file(viewer: Api) -> None:
    problem(viewer.get(f"artifacts/{NOWHERE}"), 404)
    problem(viewer.get(f"artifacts/{NOWHERE}/content"), 404)


def test_a_file_that_was_lost(operator: Api, media: Path) -> None:
    artifact = upload(operator).json()
    for path in media.rglob("*"):
        if path.is_file():
            path.unlink()
    problem(operator.get(f"artifacts/{artifact['id']}/content"), 404)


def test_a_viewer_uploads_nothing(viewer: Api) -> None:
    problem(upload(viewer), 403)
    assert not Artifact.objects.exists()
