"""Files that payloads and results refer to, over Django's storage API."""

from __future__ import annotations

import hashlib
import logging
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from jobs.errors import ArtifactNotFound, ArtifactTooLarge
from jobs.ids import uuid7
from jobs.models import Artifact

logger = logging.getLogger("celeriac.artifacts")

BLOCK = 1024 * 1024
"""Bytes read at a time."""


class _Metered(File):
    """A file that counts and hashes what is read from it, and refuses to go past a limit."""

    def __init__(self, source: BinaryIO, name: str, limit: int) -> None:
        super().__init__(source, name)
        self.source = source
        self.limit = limit
        self.read_bytes = 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(BLOCK if size < 0 else size)
        self.read_bytes += len(data)
        if self.read_bytes > self.limit:
            raise ArtifactTooLarge(limit=self.limit)
        self.digest.update(data)
        return data

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return iter(lambda: self.read(chunk_size or BLOCK), b"")

    def seekable(self) -> bool:
        # A storage that may seek could read, and so count, the same bytes twice.
        return False


def store(
    file: BinaryIO,
    name: str,
    content_type: str,
    *,
    created_by: str = "",
    job_id: str | None = None,
) -> Artifact:
    """Keeps what is left to read of `file`, under a path that owes nothing to `name`.

    Raises `ArtifactTooLarge` past `ARTIFACT_MAX_BYTES`; after an error nothing is left behind.
    """
    artifact_id = uuid7()
    content = _Metered(file, artifact_id, settings.CELERIAC["ARTIFACT_MAX_BYTES"])
    path = f"{timezone.now():%Y/%m/%d}/{artifact_id}"
    try:
        path = default_storage.save(path, content)
        return Artifact.objects.create(
            id=UUID(artifact_id),
            name=safe_name(name),
            content_type=safe_content_type(content_type),
            size=content.read_bytes,
            sha256=content.digest.hexdigest(),
            file=path,
            job_id=job_id,
            created_by=created_by,
        )
    except BaseException:
        default_storage.delete(path)
        raise


def find(artifact_id: str | UUID) -> Artifact:
    """The artifact's row; raises `ArtifactNotFound`, for what is no id as well."""
    try:
        return Artifact.objects.get(id=UUID(str(artifact_id)))
    except (Artifact.DoesNotExist, ValueError):
        raise ArtifactNotFound(id=artifact_id) from None


def open_file(artifact_id: str | UUID) -> BinaryIO:
    """The artifact's content, to be closed by the caller; raises `ArtifactNotFound`."""
    artifact = find(artifact_id)
    try:
        return cast("BinaryIO", default_storage.open(str(artifact.file), "rb"))
    except FileNotFoundError:
        raise ArtifactNotFound(id=artifact_id) from None


@contextmanager
def local_path(artifact_id: str | UUID) -> Iterator[Path]:
    """The artifact as a file of this machine, only to be read; raises `ArtifactNotFound`.

    Where the storage is elsewhere it is a copy, which is gone afterwards.
    """
    artifact = find(artifact_id)
    try:
        path = Path(default_storage.path(str(artifact.file)))
    except NotImplementedError:
        with open_file(artifact_id) as remote, tempfile.NamedTemporaryFile() as copy:
            copyfileobj(remote, copy, BLOCK)
            copy.flush()
            yield Path(copy.name)
        return
    if not path.is_file():
        raise ArtifactNotFound(id=artifact_id)
    yield path


def remove(doomed: QuerySet[Artifact]) -> int:
    """Removes artifacts; how many. The files go after the commit, so that no row lacks its file."""
    with transaction.atomic():
        paths = dict(doomed.values_list("id", "file"))
        Artifact.objects.filter(id__in=paths).delete()
        transaction.on_commit(lambda: _delete_files(paths.values()))
    return len(paths)


def _delete_files(paths: Iterable[str]) -> None:
    for path in paths:
        try:
            default_storage.delete(path)
        except OSError:
            logger.exception("The file %s of a removed artifact could not be deleted.", path)


def safe_name(name: str) -> str:
    """The last part of a path, without control characters and outer dots, at most 255 long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(c for c in last if c.isprintable())[-255:].strip(" .") or "file"


def safe_content_type(content_type: str) -> str:
    """The media type without its parameters; `application/octet-stream` where it is none."""
    bare = content_type.partition(";")[0].strip().lower()
    known = len(bare) <= 100 and re.fullmatch(r"[\w.+-]+/[\w.+-]+", bare, re.ASCII)
    return bare if known else "application/octet-stream"
