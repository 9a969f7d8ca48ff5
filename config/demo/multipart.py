"""A file as the body of a multipart request, read block by block while it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

BLOCK = 256 * 1024


class MultipartFile:
    """A form with one field `file`. Its length is known, so that it needs no chunked encoding."""

    def __init__(self, path: Path) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._path = path
        self._head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self._path.stat().st_size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        with self._path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
        yield self._tail
