"""Secrets, tokens and signatures."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from executors.members import signing

SECRET = signing.secret_of("key", "an-executor", 1)
BODY = b'{"status": "completed"}'


def test_a_signature_is_what_openssl_would_make_of_it():
    message = b"1700000000." + BODY
    expected = hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
    assert signing.headers(SECRET, BODY, 1700000000.9) == {
        "X-Celeriac-Timestamp": "1700000000",
        "X-Celeriac-Signature": expected,
    }


def test_secrets_and_tokens_differ_by_key_by_subject_and_by_version():
    made = {
        signing.secret_of(key, subject, version)
        for key in ("key", "other")
        for subject in ("a", "b")
        for version in (1, 2)
    } | {signing.token_of(key, subject) for key in ("key", "other") for subject in ("a", "b")}
    assert len(made) == 12
    assert all(len(one) == 64 for one in made)


def test_a_token_is_known_again():
    token = signing.token_of("key", "an-execution")
    assert signing.is_token_of("key", "an-execution", token)
    assert not signing.is_token_of("key", "another", token)
    assert not signing.is_token_of("key", "an-execution", "")
    assert not signing.is_token_of("key", "an-execution", "grün\ud800")


@pytest.mark.parametrize("skew", [-300, 0, 299])
def test_a_good_signature_has_no_fault(skew: int):
    signature = signing.sign(SECRET, 1000, BODY)
    assert signing.fault(SECRET, "1000", signature, BODY, 1000.0 + skew) is None


@pytest.mark.parametrize(
    ("timestamp", "signature", "body", "now", "fault"),
    [
        (None, "x", BODY, 1000, "missing"),
        ("1000", None, BODY, 1000, "missing"),
        ("1000", signing.sign(SECRET, 1000, BODY), BODY, 1301, "300 seconds"),
        ("1000", signing.sign(SECRET, 1000, BODY), BODY, 699, "300 seconds"),
        ("1e3", "x", BODY, 1000, "not a number"),
        ("٣٤", "x", BODY, 1000, "not a number"),
        ("9" * 5000, "x", BODY, 1000, "not a number"),
        ("1001", signing.sign(SECRET, 1000, BODY), BODY, 1000, "does not match"),
        ("1000", signing.sign(SECRET, 1000, BODY), BODY + b" ", 1000, "does not match"),
        ("1000", signing.sign("other", 1000, BODY), BODY, 1000, "does not match"),
        ("1000", "grün", BODY, 1000, "does not match"),
    ],
)
def test_faults_are_named(timestamp, signature, body, now, fault):
    assert fault in (signing.fault(SECRET, timestamp, signature, body, now) or "")
