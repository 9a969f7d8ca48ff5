"""Pictures as they are kept in the repository: small."""

from __future__ import annotations

import io
from pathlib import Path

COLOURS = 256
MOST_BYTES = 512 * 1024


def save(png: bytes, path: Path) -> int:
    """Writes a PNG with a palette of its own; how many bytes that took."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    path.parent.mkdir(parents=True, exist_ok=True)
    small.save(path, optimize=True)
    size = path.stat().st_size
    assert size < MOST_BYTES, f"{path} has {size} bytes"
    return size
