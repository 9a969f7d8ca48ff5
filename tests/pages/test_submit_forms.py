"""Forms from schemas: whatever a schema allows goes through HTML and back unchanged."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from django.template.loader import render_to_string
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dashboard.submit.forms import messages
from dashboard.submit.forms.data import Change, Data
from dashboard.submit.forms.drafts import MISSING, Draft, settle
from dashboard.submit.forms.places import ROOT
from dashboard.submit.forms.slots import Slot
from jobs import types
from jobs.invalid import ErrorList, FieldError
from tests.support.html_forms import form_data
from tests.support.schema_values import ANYTHING, values

PLACE = ROOT.child("payload")


def slot_of(schema: dict[str, Any]) -> Slot:
    return Slot("payload", schema, schema)


def html(slot: Slot, draft: Draft) -> str:
    context = {
        "field": slot.field(draft, PLACE),
        "kind": {"name": "any"},
        "messages_by_field": messages.Messages({}, []),
        "artifacts": {},
    }
    return render_to_string("ui/submit/field.html", context)


def sent(slot: Slot, draft: Draft) -> dict[str, list[str]]:
    return form_data(html(slot, draft))


def read(slot: Slot, data: dict[str, list[str]], wish: str = "") -> Draft:
    return slot.read(Data(data, Change.of(wish)), PLACE)


def value_of(draft: Draft) -> Any:
    errors = ErrorList()
    value = settle(draft, errors)
    assert not errors.errors
    return value


def back(slot: Slot, value: Any) -> Any:
    return value_of(read(slot, sent(slot, value)))


def same(one: Any, other: Any) -> bool:
    """Also told apart: 1, 1.0 and true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@pytest.mark.parametrize("name", [kind.name for kind in types.all_types()])
@settings(max_examples=12)
@given(data=st.data())
def test_any_valid_payload_of_any_type_comes_back(name: str, data: st.DataObject) -> None:
    kind = types.get(name)
    schema = kind.payload.json_schema()
    payload = data.draw(values(schema, schema))
    try:
        kind.load_payload(json.dumps(payload))
    except ValidationError:
        return  # Such as none of two fields of which one is wanted.
    assert same(back(slot_of(schema), payload), payload)


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(BaseModel):
    kind: Literal["square"] = "square"
    side: int
    name: str | None = None


class Point(BaseModel):
    x: int


class Tree(BaseModel):
    label: str
    leaves: list[Tree] = []
    parent: Tree | None = None


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    known: int
    other: str = ""


class Everything(BaseModel):
    """All that schemas of pydantic can say."""

    shape: Annotated[Circle | Square, Field(discriminator="kind")]
    either: int | str | list[bool]
    maybe: Square | None
    pair: tuple[int, str]
    points: list[tuple[float, float]]
    names: dict[str, str]
    nested: dict[str, dict[str, list[int | None]]]
    level: Literal["low", "high", 3] | None
    flag: bool
    perhaps: bool | None = None
    day: date | None = None
    text: str | None
    long: str = Field("x", max_length=5000)
    artifacts: list[UUID] = []
    tree: Tree | None = None
    loose: Loose
    raw: Any
    whole_or_not: int | float = 1
    odd: dict[str, Any] = Field(alias="odd/na~me:1")


EVERYTHING = TypeAdapter(Everything).json_schema()


@settings(max_examples=60, phases=[Phase.generate])
@given(value=values(EVERYTHING, EVERYTHING))
def test_any_value_of_a_large_schema_comes_back(value: Any) -> None:
    assert same(back(slot_of(EVERYTHING), value), value)


@settings(max_examples=40)
@given(value=ANYTHING)
@pytest.mark.parametrize(
    "kind", [int, float, bool, list[int], list[Point], dict[str, int], Literal[1, 2]]
)
def test_what_does_not_fit_comes_back_too(kind: Any, value: Any) -> None:
    assert same(back(slot_of(TypeAdapter(kind).json_schema()), value), value)


def test_what_is_left_out_stays_left_out() -> None:
    class Optional(BaseModel):
        a: int | None = None
        b: str = "x"
        c: list[int] = [1]
        d: Square | None = None
        e: dict[str, int] = {}
        f: Literal[1, 2] = 1

    assert back(slot_of(Optional.model_json_schema()), {}) == {}


def test_rows_are_added_and_removed_by_buttons() -> None:
    slot = slot_of(TypeAdapter(list[Circle]).json_schema())
    circles = [{"kind": "circle", "radius": float(n)} for n in range(3)]
    data = sent(slot, circles)
    assert read(slot, data, "remove:payload/1") == [circles[0], circles[2]]
    grown = read(slot, data, "add:payload")
    assert grown == [*circles, MISSING]
    assert len(slot.field(grown, PLACE).control.fields) == 4


def test_a_row_that_was_added_and_left_empty_is_named() -> None:
    slot = slot_of(TypeAdapter(list[UUID]).json_schema())
    errors = ErrorList()
    settle(read(slot, sent(slot, [MISSING])), errors, ("payload",))
    assert [error.field for error in errors.errors] == ["payload[0]"]


def test_names_of_a_map_that_clash_are_shown_again_with_a_message() -> None:
    slot = slot_of(TypeAdapter(dict[str, int]).json_schema())
    data = sent(slot, {"a": 1, "b": 2})
    data["payload/1:key"] = ["a"]
    draft = read(slot, data)
    errors = ErrorList()
    settle(draft, errors, ("payload",))
    assert [error.field for error in errors.errors] == ["payload.a"]
    assert [field.key for field in slot.field(draft, PLACE).control.fields] == ["a", "a"]


def test_a_row_of_a_map_without_name_and_value_does_not_count() -> None:
    slot = slot_of(TypeAdapter(dict[str, int]).json_schema())
    assert value_of(read(slot, sent(slot, {"a": 1}), "add:payload")) == {"a": 1}


def test_the_kind_that_was_chosen_stays_chosen_while_it_is_empty() -> None:
    slot = slot_of(TypeAdapter(Circle | Square).json_schema())
    draft = read(slot, {"payload:pick": ["1"]})
    assert [option.chosen for option in slot.field(draft, PLACE).control.options] == [False, True]
    assert value_of(draft) == {}


def test_what_is_no_json_is_shown_again_as_it_was_written() -> None:
    slot = slot_of({})
    data = {"payload": ["{broken"]}
    draft = read(slot, data)
    errors = ErrorList()
    assert settle(draft, errors, ("payload",)) is MISSING
    assert [error.code for error in errors.errors] == ["not_json"]
    assert sent(slot, draft) == data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), (" 5 ", 5), ("5.0", 5.0), ("-1e3", -1000.0), ("+7", 7), (".5", 0.5),
        ("9" * 400, int("9" * 400)), ("five", "five"), ("1,000", "1,000"), ("", MISSING),
        ("9" * 5000, "9" * 5000), ("NaN", "NaN"), ("٣", "٣"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_they_are_written(text: str, value: Any) -> None:
    found = read(slot_of({"type": "number"}), {"payload": [text]})
    assert found == value
    assert type(found) is type(value)


def test_arrays_of_numbers_are_read_from_all_that_people_paste() -> None:
    slot = slot_of(TypeAdapter(list[float]).json_schema())
    for text in ("1 2 3", "1,2,3", "[1, 2, 3]", "1\r\n2\r\n3\r\n", "1; 2;3"):
        assert read(slot, {"payload": [text]}) == [1, 2, 3]


@pytest.mark.parametrize(
    "data",
    [
        {"payload:rows": ["x", "-1", "99999999999999999999", "²"]},
        {"payload:pick": ["7"]},
        {"payload:pick": ["x"]},
        {"payload:as": ["nonsense"]},
        {"payload": ["\0"]},
        {"payload/~9/::": ["1"]},
    ],
)
def test_data_that_no_form_sends_is_no_fault(data: dict[str, list[str]]) -> None:
    for kind in (list[int], list[Circle], dict[str, int], Circle | Square, Everything, str, date):
        slot = slot_of(TypeAdapter(kind).json_schema())
        settle(read(slot, data), ErrorList())


def test_errors_are_shown_at_their_fields_or_around_them() -> None:
    slot = slot_of(EVERYTHING)
    fields = list(slot.field({"points": [[1, 2]], "loose": {"known": 1}}, PLACE).walk())
    by_path = {field.place.api: field for field in reversed(fields)}
    found = messages.sort(
        [
            FieldError("payload.points[0][1]", "Wrong.", "x"),
            FieldError("payload.shape.circle.radius", "Too small.", "x"),
            FieldError("payload.flag", "Add it.", "required"),
            FieldError("elsewhere", "Unknown.", "x"),
        ],
        fields,
    )
    texts = {id_: [message.text for message in its] for id_, its in found.by_field.items()}
    assert texts[by_path["payload.points[0][1]"].place.id] == ["Wrong."]
    assert texts[by_path["payload.shape"].place.id] == ["circle.radius: Too small."]
    assert found.by_field[by_path["payload.flag"].place.id][0].is_missing
    assert [error.field for error in found.others] == ["elsewhere"]


def test_script_in_schemas_and_values_stays_text() -> None:
    evil = '"><script>alert(1)</script>'
    schema = {
        "type": "object", "description": evil,
        "properties": {evil: {"type": "string", "title": evil, "default": evil, "enum": [evil]}},
    }  # fmt: skip
    assert "<script" not in html(slot_of(schema), {evil: evil})
    assert "<script" not in html(slot_of({}), evil)
    assert "<script" not in html(slot_of({"type": "string"}), f"</textarea>{evil}")
