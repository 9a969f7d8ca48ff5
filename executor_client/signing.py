"""How Celeriac and an executor know each other's messages by their common secret. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

TIMESTAMP = "X-Celeriac-Timestamp"
SIGNATURE = "X-Celeriac-Signature"
TOLERANCE = 300
"""Seconds that a message may be old, or a clock wrong."""
_SECONDS = re.compile("[0-9]{1,12}")


def sign(secret: str, body: bytes, now: float) -> dict[str, str]:
    """The headers of a signed message."""
    timestamp = str(int(now))
    return {TIMESTAMP: timestamp, SIGNATURE: _signature(secret, timestamp, body)}


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether the message is signed with the secret, and was so of late."""
    timestamp = headers.get(TIMESTAMP, "")
    if not _SECONDS.fullmatch(timestamp) or abs(now - int(timestamp)) > TOLERANCE:
        return False
    expected = _signature(secret, timestamp, body)
    given = headers.get(SIGNATURE, "").encode("utf-8", "replace")
    # Bytes, as text outside ASCII would raise an error.
    return hmac.compare_digest(expected.encode(), given)


def _signature(secret: str, timestamp: str, body: bytes) -> str:
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
