"""Whether, and when, a failed attempt is followed by another. Pure: no Django, no I/O.

A policy is one file here and one line in `registry`.
"""

from jobs.retry.decision import PERMANENT, Retry, decide
from jobs.retry.policy import Policy
from jobs.retry.registry import DEFAULT, AnyPolicy, pick, read

__all__ = ["DEFAULT", "PERMANENT", "AnyPolicy", "Policy", "Retry", "decide", "pick", "read"]
