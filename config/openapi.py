"""The OpenAPI schema's finishing touches."""

from __future__ import annotations

from typing import Any

from jobs.api.schema import PROBLEM_TYPE

REFUSALS = {
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "The user's role does not allow this.",
    "429": "Too many requests; `Retry-After` says how many seconds to wait.",
    "503": "The database does not answer at the moment, or not in time.",
}
"""How every operation may refuse."""

MALFORMED = "Something in the request is wrong; `errors` names each field."

Endpoint = tuple[str, str, str, Any]


def canonical_paths(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leaves out the second spelling of a path, with a slash at its end."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def add_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Adds to every operation the problems that all of them share."""
    for operations in result["paths"].values():
        for operation in operations.values():
            shared = dict(REFUSALS)
            if "requestBody" in operation or _has_query(operation):
                shared["400"] = MALFORMED
            for status, description in shared.items():
                operation["responses"].setdefault(status, _problem(description))
    return result


def tag_by_kind(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Groups operations by what they are about, the short paths apart."""
    for path, operations in result["paths"].items():
        kind = path.split("/")[3] if path.startswith("/api/v1/") else "jobs, by short paths"
        for operation in operations.values():
            operation["tags"] = [kind]
    return result


def summarise(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Gives every operation the first sentence of its description as its line in the list."""
    for operations in result["paths"].values():
        for operation in operations.values():
            first, _, _ = operation.get("description", "").partition("\n")
            operation.setdefault("summary", first.rstrip("."))
    return result


def _has_query(operation: dict[str, Any]) -> bool:
    return any(parameter["in"] == "query" for parameter in operation.get("parameters", []))


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {PROBLEM_TYPE: {"schema": schema}}}
