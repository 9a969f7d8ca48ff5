"""Files are kept whole or not at all, under paths that owe nothing to their names."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, default_storage
from django.db import DatabaseError

from jobs import artifacts
from jobs.errors import ArtifactNotFound, ArtifactTooLarge
from jobs.models import Artifact

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_content_comes_back_with_size_and_hash(media):
    content = bytes(range(256)) * 10_000
    made = artifacts.store(
        io.BytesIO(content), "photo.png", "image/PNG; charset=x", created_by="ada"
    )

    kept = artifacts.find(made.id)
    assert (kept.size, kept.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (kept.name, kept.content_type, kept.created_by) == ("photo.png", "image/png", "ada")
    assert kept.job_id is None
    assert kept.created_at is not None
    with artifacts.open_file(made.id) as file:
        assert file.read() == content


def test_an_empty_file_is_a_file():
    made = artifacts.store(io.BytesIO(b""), "empty", "text/plain")
    with artifacts.open_file(made.id) as file:
        assert (made.size, file.read()) == (0, b"")


def test_only_what_is_left_to_read_is_kept():
    file = io.BytesIO(b"headerbody")
    file.seek(6)
    with artifacts.open_file(artifacts.store(file, "x", "text/plain").id) as kept:
        assert kept.read() == b"body"


def test_too_large_leaves_nothing(settings, media):
    settings.CELERIAC = settings.CELERIAC | {"ARTIFACT_MAX_BYTES": 3 * artifacts.BLOCK}
    with pytest.raises(ArtifactTooLarge, match=str(3 * artifacts.BLOCK)):
        artifacts.store(io.BytesIO(b"x" * (3 * artifacts.BLOCK + 1)), "x", "text/plain")
    assert files_in(media) == []
    assert not Artifact.objects.exists()

    artifacts.store(io.BytesIO(b"x" * 3 * artifacts.BLOCK), "x", "text/plain")
    assert len(files_in(media)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_refused_leaves_no_file(media):
    with pytest.raises(DatabaseError):
        artifacts.store(io.BytesIO(b"x"), "x", "text/plain", created_by="x" * 151)
    assert files_in(media) == []


class Broken(io.RawIOBase):
    """A sender who hangs up after the first block."""

    def __init__(self) -> None:
        self.blocks = [b"x" * 1000]

    def read(self, size: int = -1) -> bytes:
        if not self.blocks:
            raise ConnectionResetError
        return self.blocks.pop()


def test_a_sender_who_hangs_up_leaves_no_file(media):
    with pytest.raises(ConnectionResetError):
        artifacts.store(Broken(), "x", "text/plain")
    assert files_in(media) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\cat.jpg", "cat.jpg"),
        ("a\x00b\nc\u202e.txt", "abc.txt"),
        ("..", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
        ("/", "file"),
        ("ä" * 300 + ".png", "ä" * 251 + ".png"),
    ],
)
def test_names_are_made_safe_and_never_become_paths(given, kept, media):
    made = artifacts.store(io.BytesIO(b"x"), given, "text/plain")
    assert made.name == kept
    assert [path.name for path in files_in(media)] == [str(made.id)]


@pytest.mark.parametrize("given", ["", "text", "text/html\r\nX: y", "a/" + "b" * 99, "<b>/x"])
def test_what_is_no_media_type_becomes_bytes(given):
    assert artifacts.safe_content_type(given) == "application/octet-stream"


@pytest.mark.parametrize("missing", ["0190b0a8-0000-7000-8000-000000000000", "no id", "", 5])
def test_unknown_artifacts_are_not_found(missing):
    for use in (artifacts.find, artifacts.open_file):
        with pytest.raises(ArtifactNotFound):
            use(missing)
    with pytest.raises(ArtifactNotFound), artifacts.local_path(missing):
        pass


def test_a_row_without_its_file_is_not_found(media):
    made = artifacts.store(io.BytesIO(b"x"), "x", "text/plain")
    default_storage.delete(made.file.name)
    with pytest.raises(ArtifactNotFound):
        artifacts.open_file(made.id)
    with pytest.raises(ArtifactNotFound), artifacts.local_path(made.id):
        pass


def test_a_local_path_is_the_file_itself(media):
    made = artifacts.store(io.BytesIO(b"here"), "x", "text/plain")
    with artifacts.local_path(made.id) as path:
        assert path.read_bytes() == b"here"
        assert path in files_in(media)


class RemoteStorage(Storage):
    """A storage whose files are no files of this machine."""

    contents: dict[str, bytes] = {}

    def _open(self, name: str, mode: str = "rb") -> File:
        return ContentFile(self.contents[name])

    def _save(self, name: str, content: File) -> str:
        self.contents[name] = b"".join(content.chunks())
        return name

    def exists(self, name: str) -> bool:
        return name in self.contents


def test_a_file_in_a_remote_storage_is_copied_for_a_while(settings, media):
    backend = f"{RemoteStorage.__module__}.{RemoteStorage.__name__}"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend}}
    made = artifacts.store(io.BytesIO(b"far away"), "x", "text/plain")
    assert files_in(media) == []

    with artifacts.local_path(made.id) as path:
        assert path.read_bytes() == b"far away"
    assert not path.exists()
