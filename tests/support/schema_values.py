"""Values that a JSON Schema allows, for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20
) | st.sampled_from(
    ["", " ", "a\r\nb", "\r", "\n", "\nlead", "trail\n", "</textarea>", "null", "1", '"']
)
FORMATS = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str),
    "date-time": st.datetimes(timezones=st.timezones()).map(lambda d: d.isoformat()),
    "time": st.times().map(str),
}
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def values(schema: Any, root: Any) -> st.SearchStrategy[Any]:
    """A strategy for the values of a schema whose `$defs` are in `root`."""
    if schema is True or schema == {}:
        return ANYTHING
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return st.deferred(lambda: values(root["$defs"][name], root))
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return st.one_of([values(branch, root) for branch in branches])
    return _BY_TYPE.get(schema.get("type"), lambda *_: ANYTHING)(schema, root)


def _object(schema: Any, root: Any) -> st.SearchStrategy[Any]:
    named = schema.get("properties", {})
    required = {key: values(named[key], root) for key in schema.get("required", ())}
    optional = {key: values(inner, root) for key, inner in named.items() if key not in required}
    known = st.fixed_dictionaries(required, optional=optional)
    others = schema.get("additionalProperties", not named)
    if others is False:
        return known
    extras = st.dictionaries(TEXT, values(others, root), max_size=4)
    return st.builds(lambda extra, its: {**extra, **its}, extras, known)


def _array(schema: Any, root: Any) -> st.SearchStrategy[Any]:
    if fixed := schema.get("prefixItems"):
        return st.tuples(*(values(item, root) for item in fixed)).map(list)
    return st.lists(
        values(schema.get("items", {}), root),
        min_size=schema.get("minItems", 0), max_size=min(schema.get("maxItems", 4), 4),
    )  # fmt: skip


def _integer(schema: Any, _root: Any) -> st.SearchStrategy[Any]:
    highest = schema.get("maximum", schema.get("exclusiveMaximum", 2**80) - 1)
    return st.integers(schema.get("minimum", -(2**80)), highest)


def _number(schema: Any, root: Any) -> st.SearchStrategy[Any]:
    floats = st.floats(
        schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False
    )
    return floats | _integer({k: int(v) for k, v in schema.items() if "imum" in k}, root)


def _string(schema: Any, _root: Any) -> st.SearchStrategy[Any]:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if pattern := schema.get("pattern"):
        return st.from_regex(pattern, fullmatch=True)
    low, high = schema.get("minLength", 0), schema.get("maxLength", 10**6)
    return TEXT.filter(lambda text: low <= len(text) <= high)


_BY_TYPE = {
    "object": _object,
    "array": _array,
    "integer": _integer,
    "number": _number,
    "string": _string,
    "boolean": lambda *_: st.booleans(),
    "null": lambda *_: st.none(),
}
