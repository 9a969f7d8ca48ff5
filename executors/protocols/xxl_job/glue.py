"""Scripts that XXL-JOB's admin would send along to be run: refused, by the name of a handler. Pure.

XXL-JOB calls them by a `glueType` other than BEAN. Code comes to executors with their release,
never in a payload; so a handler that is called like such a type is none.
"""

from __future__ import annotations

GLUE_REFUSED = "glue_refused"

_PREFIXES = ("GLUE_", "GLUE(")


def refusal(handler: str) -> str | None:
    """Why a handler can't be run, if it stands for a script."""
    if not handler.upper().startswith(_PREFIXES):
        return None
    return (
        f"{handler[:100]!r} is a script type of XXL-JOB. Scripts are not sent to executors: "
        "register a handler there, and name that."
    )
