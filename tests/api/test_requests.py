"""What a request for jobs may be, and what is said about one that is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import jsontext
from jobs.invalid import LISTED, InvalidRequest
from jobs.reading import read_job, read_jobs
from jobs.requests import JobRequest
from jobs.submission import NewJob

ADD = {"type": "add_numbers", "payload": {"a": 1, "b": 2}}
SUM = {"type": "large_array_sum", "payload": {"array": [1, 2, 3]}}


def errors_of(value: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read_job(value, "me")
    return {error.field: error.code for error in caught.value.errors}


def parsed(text: str) -> Any:
    return jsontext.parse(text.encode())


def test_silence_takes_the_defaults() -> None:
    assert read_job(ADD, "me") == NewJob(
        type="add_numbers", payload='{"a":1,"b":2}', name="add_numbers", submitted_by="me"
    )


def test_null_is_silence() -> None:
    nulls = dict.fromkeys(["name", "run_at", "max_attempts", "timeout", "unique_key", "chunks"])
    assert read_job(ADD | nulls, "me") == read_job(ADD, "me")


def test_everything_can_be_given() -> None:
    given_ = {
        "name": "n",
        "priority": 9,
        "thread_demand": 3,
        "run_at": "2030-01-31T12:00:00+02:00",
        "max_attempts": 7,
        "timeout": 2.5,
        "unique_key": "k",
        "chunks": 1,
        "placement": "pack",
        "on_shortage": "degrade",
        "requires": {"gpu": "true", "example.com/zone": "a-1"},
    }
    job = read_job({"type": "ReverseString", "payload": {"text": "x"}} | given_, "me")
    assert job == NewJob(
        type="reverse_string",
        payload='{"text":"x"}',
        submitted_by="me",
        **given_ | {"run_at": datetime(2030, 1, 31, 10, tzinfo=UTC)},
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("type", "nope", "unknown_job_type"),
        ("type", 5, "string_type"),
        ("type", ["add_numbers"], "string_type"),
        ("type", "x" * 101, "string_too_long"),
        ("priority", 10, "less_than_equal"),
        ("priority", -1, "greater_than_equal"),
        ("priority", "5", "int_type"),
        ("priority", 5.5, "int_type"),
        ("priority", True, "int_type"),
        ("priority", None, "int_type"),
        ("thread_demand", 0, "greater_than_equal"),
        ("thread_demand", 257, "less_than_equal"),
        ("max_attempts", 0, "greater_than_equal"),
        ("max_attempts", 101, "less_than_equal"),
        ("timeout", 0, "greater_than"),
        ("timeout", 30 * 86400 + 1, "less_than_equal"),
        ("timeout", float("inf"), "finite_number"),
        ("name", "", "string_too_short"),
        ("name", "x" * 201, "string_too_long"),
        ("name", "a\0b", "nul"),
        ("unique_key", "x" * 201, "string_too_long"),
        ("unique_key", "\0", "nul"),
        ("run_at", "2030-01-31T12:00:00", "time"),
        ("run_at", "2030-01-31", "time"),
        ("run_at", "tomorrow", "time"),
        ("run_at", 1893456000, "time"),
        ("run_at", "1893456000", "time"),
        ("run_at", "9999-12-31T23:59:59-12:00", "time"),
        ("run_at", "0001-01-01T00:00:00+12:00", "time"),
        ("run_at", "10000-01-01T00:00:00Z", "time"),
        ("nonsense", 1, "unknown_field"),
        ("thread_demand", -1, "greater_than_equal"),
        ("chunks", 0, "greater_than_equal"),
        ("chunks", -3, "greater_than_equal"),
        ("chunks", 1001, "less_than_equal"),
        ("chunks", 2.0, "int_type"),
        ("chunks", "8", "int_type"),
        ("chunks", 2, "not_chunkable"),
        ("placement", "scatter", "enum"),
        ("placement", None, "enum"),
        ("placement", ["pack"], "enum"),
        ("on_shortage", "give up", "enum"),
        ("on_shortage", 1, "enum"),
        ("requires", ["gpu"], "dict_type"),
        ("requires", None, "dict_type"),
        ("requires", {f"n{i}": "v" for i in range(17)}, "too_long"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any, code: str) -> None:
    assert errors_of(ADD | {field: value}) == {field: code}


@pytest.mark.parametrize(
    ("name", "value", "field", "code"),
    [
        ("gpu", True, "requires.gpu", "string_type"),
        ("gpu", None, "requires.gpu", "string_type"),
        ("gpu", "", "requires.gpu", "label_value"),
        ("gpu", "a b", "requires.gpu", "label_value"),
        ("gpu", "a\n", "requires.gpu", "label_value"),
        ("gpu", "a,b", "requires.gpu", "label_value"),
        ("gpu", "\0", "requires.gpu", "label_value"),
        ("gpu", "é", "requires.gpu", "label_value"),
        ("gpu", "x" * 64, "requires.gpu", "label_value"),
        ("", "x", "requires..[key]", "label_name"),
        ("g=u", "x", "requires.g=u.[key]", "label_name"),
        ("-gpu", "x", "requires.-gpu.[key]", "label_name"),
        ("gpu\n", "x", "requires.gpu\n.[key]", "label_name"),
        ("x" * 64, "x", f"requires.{'x' * 64}.[key]", "label_name"),
    ],
)
def test_wrong_labels_are_named(name: str, value: Any, field: str, code: str) -> None:
    assert errors_of(ADD | {"requires": {name: value}}) == {field: code}


def test_labels_may_be_as_long_and_as_many_as_said() -> None:
    requires = {f"{i:x}" + "n" * 62: "v" * 63 for i in range(16)}
    assert read_job(ADD | {"requires": requires}, "me").requires == requires


def test_chunks_are_for_chunkable_types() -> None:
    job = read_job(SUM | {"chunks": 1000}, "me")
    assert (job.chunks, job.thread_demand) == (1000, 1)
    with pytest.raises(InvalidRequest) as caught:
        read_job(ADD | {"chunks": 2, "priority": 10}, "me")
    messages = {error.field: error.message for error in caught.value.errors}
    assert set(messages) == {"priority", "chunks"}
    assert "add_numbers can't be split into chunks" in messages["chunks"]
    assert errors_of(SUM | {"type": "nope", "chunks": 2}) == {"type": "unknown_job_type"}


@pytest.mark.parametrize("value", [None, [], "text", 5, True])
def test_a_body_that_is_no_object(value: Any) -> None:
    assert errors_of(value) == {"body": "model_type"}


def test_all_errors_come_at_once() -> None:
    wrong = {"type": "add_numbers", "payload": {"a": "x", "c": 1}, "priority": 12, "foo": 1}
    assert errors_of(wrong) == {
        "payload.a": "number_type",
        "payload.b": "required",
        "payload.c": "unknown_field",
        "priority": "less_than_equal",
        "foo": "unknown_field",
    }


def test_messages_say_what_was_wrong_and_what_would_be_right() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_job(ADD | {"priority": 12}, "me")
    message = "Input should be less than or equal to 9, not 12."
    assert caught.value.errors[0].message == message
    assert str(caught.value) == f"priority: {message}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"priority": True}, "Input should be a valid integer, not true."),
        ({"priority": None}, "Input should be a valid integer, not null."),
        ({"priority": "5"}, "Input should be a valid integer, not '5'."),
        (
            {"type": "large_array_sum", "payload": {}},
            "Give either an array or an artifact.",
        ),
    ],
)
def test_messages_speak_of_json_and_not_of_what_checks_it(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_job(ADD | changes, "me")
    assert [error.message for error in caught.value.errors] == [message]


@pytest.mark.parametrize(
    ("payload", "field", "code"),
    [
        (r'{"text": "a\u0000b"}', "payload.text", "nul"),
        (r'{"text": "a", "b\u0000": 1}', "payload.b\0", "nul"),
        (r'{"text": ["x", {"y": "\u0000"}]}', "payload.text[1].y", "nul"),
        ('{"text": 1e400}', "payload.text", "number_range"),
        ('{"text": [1, -1e999]}', "payload.text[1]", "number_range"),
    ],
)
def test_what_postgres_cannot_store_is_found(payload: str, field: str, code: str) -> None:
    assert errors_of({"type": "reverse_string", "payload": parsed(payload)}) == {field: code}


@pytest.mark.parametrize("text", [r"\u0000", "Infinity", "-Infinity", "NaN"])
def test_texts_that_only_look_dangerous_pass(text: str) -> None:
    job = read_job({"type": "reverse_string", "payload": {"text": text}}, "me")
    assert json.loads(job.payload) == {"text": text}


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[1,]", "NaN", '{"a": Infinity}', '{"a": -Infinity}', r'"\ud800"', r'"\udc00"',
        "[" * 100_000, "1" * 5000, "\ufeff1",
    ],
)  # fmt: skip
def test_what_is_not_json(text: str) -> None:
    with pytest.raises(jsontext.NotJson):
        jsontext.parse(text.encode())


def test_what_is_not_utf8() -> None:
    with pytest.raises(jsontext.NotJson):
        jsontext.parse(b'"\xff"')


def test_a_payload_over_the_limit(settings: Any) -> None:
    settings.CELERIAC = settings.CELERIAC | {"PAYLOAD_MAX_BYTES": 20}
    fits = {"type": "reverse_string", "payload": {"text": "x" * 9}}
    assert len(read_job(fits, "me").payload) == 20
    fits["payload"]["text"] += "x"
    assert errors_of(fits) == {"payload": "payload_too_large"}


def test_bulk_names_errors_by_index() -> None:
    jobs = [ADD, {"type": "add_numbers", "payload": {"a": "x", "b": 2}}, ADD | {"priority": 12}, 5]
    with pytest.raises(InvalidRequest) as caught:
        read_jobs({"jobs": jobs}, "me")
    assert [error.field for error in caught.value.errors] == [
        "jobs[1].payload.a", "jobs[2].priority", "jobs[3]",
    ]  # fmt: skip


def test_bulk_lists_so_many_errors_and_counts_the_rest() -> None:
    wrong = [{"type": "large_array_sum", "payload": {"array": ["x"] * 5000}}] * 3
    with pytest.raises(InvalidRequest) as caught:
        read_jobs({"jobs": wrong}, "me")
    assert len(caught.value.errors) == LISTED
    assert str(caught.value).startswith("15000 things")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
requests = st.dictionaries(
    st.sampled_from([*JobRequest.model_fields, "other"]),
    json_values | st.sampled_from(["add_numbers", "ReverseString", {"a": 1, "b": 2}]),
)


@given(st.one_of(json_values, requests, requests.map(lambda extra: ADD | extra)))
def test_rubbish_is_refused_or_can_be_stored(value: Any) -> None:
    """Whatever is not refused holds nothing that Postgres or a strict JSON reader refuses."""
    try:
        job = read_job(value, "me")
    except InvalidRequest as error:
        assert error.errors
        assert all(one.field and one.message and one.code for one in error.errors)
        return
    assert "\\u0000" not in job.payload.replace("\\\\", "")
    json.loads(job.payload, parse_constant=pytest.fail)
    assert 1 <= len(job.name) <= 200 and "\0" not in job.name


@given(st.binary(max_size=60) | json_values.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_are_json_or_not(body: bytes) -> None:
    try:
        value = jsontext.parse(body)
    except jsontext.NotJson:
        return
    if not list(jsontext.unstorable(value)):
        assert jsontext.parse(jsontext.dump(value).encode()) == value
