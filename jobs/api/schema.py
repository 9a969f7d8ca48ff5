"""Words for OpenAPI that several views need."""

from __future__ import annotations

from jobs.api import shapes

PROBLEM_TYPE = "application/problem+json"


def problems(*statuses: int) -> dict[tuple[int, str], type[shapes.Problem]]:
    """The responses by which a view refuses, beyond those that every view has."""
    return {(status, PROBLEM_TYPE): shapes.Problem for status in statuses}
