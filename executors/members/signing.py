"""Secrets of HTTP executors, tokens of executions, and signatures over messages.

Pure: no Django, no clock; `key` is the installation's SECRET_KEY. All are hexadecimal, 64 digits.
None is stored: each is derived of the key again whenever it is needed.
"""

from __future__ import annotations

import hashlib
import hmac

TIMESTAMP_HEADER = "X-Celeriac-Timestamp"
"""The moment of signing, in whole seconds since the epoch."""
SIGNATURE_HEADER = "X-Celeriac-Signature"
TOLERANCE = 300
"""Seconds that a timestamp may differ from our clock, in either direction."""


def secret_of(key: str, executor_id: str, version: int) -> str:
    """What an HTTP executor and Celeriac sign by; a new `version` makes the old one worthless."""
    return _digest(key, f"celeriac.executor.{executor_id}.{version}".encode())


def token_of(key: str, execution_id: str) -> str:
    """What authorises the callbacks of one execution, and nothing else."""
    return _digest(key, f"celeriac.execution.{execution_id}".encode())


def is_token_of(key: str, execution_id: str, token: str) -> bool:
    """Whether `token` is that of the execution, found out in constant time."""
    return _equal(token_of(key, execution_id), token)


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The signature of a message that is sent at `timestamp`, in seconds since the epoch."""
    return _digest(secret, b"%d." % timestamp + body)


def headers(secret: str, body: bytes, now: float) -> dict[str, str]:
    """The two headers of a signed message that is sent `now`, in seconds since the epoch."""
    timestamp = int(now)
    return {TIMESTAMP_HEADER: str(timestamp), SIGNATURE_HEADER: sign(secret, timestamp, body)}


def fault(
    secret: str, timestamp: str | None, signature: str | None, body: bytes, now: float
) -> str | None:
    """What is wrong with the signature of a message, or None; the headers as they came, if so."""
    if not timestamp or not signature:
        return f"the headers {TIMESTAMP_HEADER} and {SIGNATURE_HEADER} are missing"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return f"{TIMESTAMP_HEADER} is not a number of seconds since the epoch"
    if abs(now - int(timestamp)) > TOLERANCE:
        return f"{TIMESTAMP_HEADER} is more than {TOLERANCE} seconds from now"
    if not _equal(sign(secret, int(timestamp), body), signature):
        return "the signature does not match the body"
    return None


def _digest(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def _equal(expected: str, given: str) -> bool:
    # Bytes, as text outside ASCII would raise an error.
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
