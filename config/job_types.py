"""Job types that fail on purpose, which exist only while `manage.py demo` runs."""

from __future__ import annotations

import os

from jobs.context import JobContext
from jobs.types import Payload, job_type


class Nothing(Payload):
    """No fields."""


class Attempts(Payload):
    """How many attempts it took."""

    attempts: int


class FailedOnPurpose(Exception):
    """This is what a failure looks like; the demo asked for it."""


def demo_flaky(context: JobContext, _payload: Nothing) -> Attempts:
    """Fails at the first attempt and succeeds at the second."""
    if context.attempt == 1:
        raise FailedOnPurpose(FailedOnPurpose.__doc__)
    return Attempts(attempts=context.attempt)


def demo_broken(_context: JobContext, _payload: Nothing) -> Nothing:
    """Fails at every attempt."""
    raise FailedOnPurpose(FailedOnPurpose.__doc__)


if os.environ.get("CELERIAC_DEMO") == "1":
    job_type("demo_flaky")(demo_flaky)
    job_type("demo_broken")(demo_broken)
