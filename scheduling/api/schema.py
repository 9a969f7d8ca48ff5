"""Words for OpenAPI."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, create_model


def partial(model: type[BaseModel]) -> type[BaseModel]:
    """A model like the given one all of whose fields may be left out, for what a PATCH takes."""
    fields: dict[str, Any] = {
        name: (field.annotation, field.default if not field.is_required() else None)
        for name, field in model.model_fields.items()
    }
    return create_model(f"{model.__name__.removesuffix('Request')}Change", **fields)
