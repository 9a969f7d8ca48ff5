"""Values as people read them. Pure."""

from __future__ import annotations

import json

JSON_SHOWN = 20_000
"""Characters of a value that are shown as JSON."""


def duration(seconds: float | None) -> str:
    """A time span: `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`; a dash for None."""
    if seconds is None:
        return "-"
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 0.9995:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    for large, small, size in (("d", "h", 3600), ("h", "min", 60), ("min", "s", 1)):
        count, rest = divmod(round(seconds / size), 24 if large == "d" else 60)
        if count:
            return f"{count} {large} {rest} {small}" if rest else f"{count} {large}"
    return f"{seconds:.3g} s"


def file_size(size: float | None) -> str:
    """Bytes: `512 B`, `1.5 kB`, `20 MB`; a dash for None."""
    if size is None:
        return "-"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def pretty_json(value: object) -> str:
    """Indented JSON, cut where it becomes too long to read."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return text if len(text) <= JSON_SHOWN else f"{text[:JSON_SHOWN]}\n…"
