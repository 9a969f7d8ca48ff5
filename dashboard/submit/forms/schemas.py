"""Reads JSON Schemas: what shape their values have, whether they may be null, what they are called.

Understands what pydantic writes. What it does not understand is a box for JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.submit.forms import slots
from dashboard.submit.forms.shapes.anything import Anything
from dashboard.submit.forms.shapes.base import Shape
from dashboard.submit.forms.shapes.choice import Choice
from dashboard.submit.forms.shapes.mapping import Mapping as MappingShape
from dashboard.submit.forms.shapes.number import Number, Numbers
from dashboard.submit.forms.shapes.record import Record
from dashboard.submit.forms.shapes.rows import Fixed, Rows
from dashboard.submit.forms.shapes.text import ArtifactId, Text
from dashboard.submit.forms.shapes.union import Union

Schema = Mapping[str, Any]
NUMERIC = {"integer", "number"}
REFERENCES = 10
"""That lead to each other, at most."""


@dataclass(frozen=True)
class Described:
    """A schema without its references and its null."""

    schema: Schema
    shape: Shape
    nullable: bool


def describe(key: str, schema: Schema, root: Schema) -> Described:
    """What values of the property `key` look like."""
    schema = resolve(schema, root)
    branches, nullable = _branches(schema, root)
    if len(branches) == 1:
        schema = {**branches[0], **_words(schema)}
    shape = _shape(key, schema, branches, root)
    if nullable and isinstance(shape, Choice):
        return Described(schema, Choice([*shape.values, None]), nullable=False)
    return Described(schema, shape, nullable)


def resolve(schema: Schema | bool, root: Schema) -> Schema:
    """A schema with what it refers to in the place of the reference."""
    if isinstance(schema, bool):
        return {}
    for _ in range(REFERENCES):
        if reference := schema.get("$ref"):
            rest = {name: value for name, value in schema.items() if name != "$ref"}
            schema = {**_find(reference, root), **rest}
        elif len(schema.get("allOf", ())) == 1:
            rest = {name: value for name, value in schema.items() if name != "allOf"}
            schema = {**schema["allOf"][0], **rest}
        else:
            break
    return schema


def label(key: str, schema: Schema, root: Schema) -> str:
    """What people call it: its own title, if that says more than its name."""
    title = schema.get("title", "")
    name = key.replace("_", " ")
    if not title and not key:
        title = resolve(schema, root).get("title") or _kind(schema)
    return title if title and title.lower() != name.lower() else name[:1].upper() + name[1:]


def _find(reference: str, root: Schema) -> Schema:
    found: Any = root
    for part in reference.removeprefix("#/").split("/") if reference != "#" else ():
        found = found.get(part, {})
    return found  # type: ignore[no-any-return]


def _branches(schema: Schema, root: Schema) -> tuple[list[Schema], bool]:
    """The schemas of which a value fits one, without null, and whether null fits, too."""
    if isinstance(kinds := schema.get("type"), list):
        rest = {name: value for name, value in schema.items() if name != "type"}
        branches = [{**rest, "type": kind} for kind in kinds]
    else:
        branches = list(schema.get("anyOf") or schema.get("oneOf") or [schema])
    found: list[Schema] = []
    nullable = False
    for branch in branches:
        inner = resolve(branch, root)
        if inner is not schema and (inner.get("anyOf") or inner.get("oneOf")):
            deeper, also = _branches(inner, root)
            found, nullable = [*found, *deeper], nullable or also
        elif inner.get("type") == "null":
            nullable = True
        else:
            found.append(inner)
    return found, nullable


def _words(schema: Schema) -> dict[str, Any]:
    return {name: schema[name] for name in ("title", "description", "default") if name in schema}


def _shape(key: str, schema: Schema, branches: Sequence[Schema], root: Schema) -> Shape:
    if len(branches) != 1:
        return _one_of(branches, root)
    if "const" in schema:
        return Choice([schema["const"]])
    if "enum" in schema:
        return Choice(schema["enum"])
    match schema.get("type"):
        case "string":
            return ArtifactId(schema) if _is_artifact(key, schema) else Text(schema)
        case "integer" | "number":
            return Number(schema)
        case "boolean":
            return Choice([True, False])
        case "array":
            return _array(key, schema, root)
        case "object":
            return _object(schema, root)
    return Anything()


def _one_of(branches: Sequence[Schema], root: Schema) -> Shape:
    if not branches:
        return Anything()
    if all(branch.get("type") in NUMERIC for branch in branches):
        return Number({"type": "number"})
    shapes = [describe("", branch, root).shape for branch in branches]
    if all(isinstance(shape, Choice) for shape in shapes):
        return Choice([value for shape in shapes for value in shape.values])  # type: ignore[attr-defined]
    return Union([slots.Slot("", branch, root) for branch in branches])


def _array(key: str, schema: Schema, root: Schema) -> Shape:
    if fixed := schema.get("prefixItems"):
        exact = schema.get("maxItems") == len(fixed) == schema.get("minItems")
        items = [slots.Slot(f"{number}", item, root) for number, item in enumerate(fixed, 1)]
        return Fixed(items) if exact else Anything()
    items = schema.get("items", {})
    its = describe("", items, root)
    if isinstance(its.shape, Number) and not its.nullable:
        return Numbers()
    return Rows(slots.Slot(key, items, root))


def _object(schema: Schema, root: Schema) -> Shape:
    others = schema.get("additionalProperties", not schema.get("properties"))
    values = {} if others is True else others
    mapping = MappingShape(slots.Slot("", values, root)) if others is not False else None
    if mapping and not schema.get("properties"):
        return mapping
    required = schema.get("required", ())
    properties = [
        slots.Slot(name, inner, root, required=name in required)
        for name, inner in schema.get("properties", {}).items()
    ]
    return Record(properties, mapping)


def _is_artifact(key: str, schema: Schema) -> bool:
    """Whether a file can be chosen for it: it is a UUID, and called `artifact`."""
    return schema.get("format") == "uuid" and key.rpartition("_")[2] in {"artifact", "artifacts"}


def _kind(schema: Schema) -> str:
    if "const" in schema:
        return str(schema["const"])
    kind = schema.get("format") or schema.get("type") or "JSON"
    return kind if isinstance(kind, str) else "value"
