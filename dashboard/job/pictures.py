"""Which files a page shows as pictures. Pure."""

from __future__ import annotations

SAFE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
"""Types that browsers draw and that can hold no script; whoever sent a file chose its type, and
the answer forbids the browser to guess another."""
MOST_BYTES = 20_000_000


def is_shown(content_type: str, size: int) -> bool:
    """Whether a file is drawn, and not only offered as a download."""
    return content_type in SAFE and size <= MOST_BYTES
