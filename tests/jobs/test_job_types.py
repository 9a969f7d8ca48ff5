"""The job types that come with Celeriac, called as a worker calls them: from JSON to JSON."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from jobs import artifacts, results, types
from jobs.context import JobContext
from jobs.errors import DeadlineExceeded, DoNotRetry, JobCancelled

NUMBERS = st.one_of(
    st.integers(-(10**999), 10**999), st.floats(allow_nan=False, allow_infinity=False)
)


def run(name: str, payload: object, context: JobContext | None = None) -> dict[str, object]:
    job_type = types.get(name)
    context = context or JobContext(job_id="01978f6e-0000-7000-8000-000000000000", attempt=1)
    result = job_type.handler(context, job_type.load_payload(json.dumps(payload)))
    return json.loads(results.dump(job_type.result, result, "It"))


def mistakes(name: str, payload: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        types.get(name).load_payload(json.dumps(payload))
    return [error["msg"] for error in caught.value.errors()]


@pytest.mark.parametrize(
    "name",
    [
        "add_numbers",
        "large_array_sum",
        "monte_carlo_pi",
        "resize_image",
        "reverse_string",
        "word_count",
    ],
)
def test_each_type_describes_itself_and_its_fields(name):
    job_type = types.get(name)
    assert job_type.description
    for adapter in (job_type.payload, job_type.result):
        schema = adapter.json_schema()
        objects = [*schema.get("$defs", {}).values(), *([schema] if "properties" in schema else [])]
        for described in objects:
            assert described["additionalProperties"] is False
            assert all(field["description"] for field in described["properties"].values())
        assert objects


# --- add_numbers ------------------------------------------------------------------------------
@given(NUMBERS, NUMBERS)
def test_numbers_add_up(a, b):
    try:
        expected = a + b
    except OverflowError:
        expected = math.inf
    if isinstance(expected, float) and math.isinf(expected):
        with pytest.raises(DoNotRetry, match="too large"):
            run("add_numbers", {"a": a, "b": b})
    else:
        total = run("add_numbers", {"a": a, "b": b})["sum"]
        assert total == expected
        assert type(total) is type(expected)


def test_a_sum_beyond_floats_fails_for_good():
    with pytest.raises(DoNotRetry) as caught:
        run("add_numbers", {"a": 1.7e308, "b": 1.7e308})
    assert caught.value.code == "overflow"


def test_every_wrong_number_is_named_once():
    assert mistakes("add_numbers", {"a": True, "b": "2"}) == ["Input should be a number"] * 2
    assert (
        mistakes("add_numbers", {"a": math.nan, "b": -math.inf})
        == ["Input should be a finite number"] * 2
    )
    assert mistakes("add_numbers", {"a": 10**1000, "b": 1}) == [
        "An integer may have at most 1000 digits"
    ]
    assert mistakes("add_numbers", {"a": 1, "c": 1}) == [
        "Field required",
        "Extra inputs are not permitted",
    ]


# --- reverse_string ---------------------------------------------------------------------------
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_text_is_turned_around_by_what_readers_call_characters(text):
    expected = regex.findall(r"\X", text)[::-1]
    assert run("reverse_string", {"text": text})["text"] == "".join(expected)


@pytest.mark.parametrize(
    ("text", "reversed_text"),
    [
        ("", ""),
        ("abc", "cba"),
        ("noe\u0308l", "le\u0308on"),
        ("a👨‍👩‍👧b", "b👨‍👩‍👧a"),
        ("🇫🇷🇯🇵", "🇯🇵🇫🇷"),
        ("👍🏽!", "!👍🏽"),
        ("a\r\nb", "b\r\na"),
        ("각가", "가각"),
    ],
)
def test_accents_emoji_flags_and_line_ends_stay_whole(text, reversed_text):
    assert run("reverse_string", {"text": text}) == {"text": reversed_text}


# --- large_array_sum --------------------------------------------------------------------------
@given(st.lists(st.floats(-1e300, 1e300), max_size=100))
def test_an_array_in_the_payload_is_added_up(numbers):
    result = run("large_array_sum", {"array": numbers})
    size = math.fsum(abs(number) for number in numbers)
    assert abs(result["sum"] - math.fsum(numbers)) <= 1e-9 * size
    assert result["count"] == len(numbers)


def test_an_array_or_a_file_but_not_both():
    wanted = ["Value error, Give either an array or an artifact."]
    some_id = "01978f6e-0000-7000-8000-000000000000"
    assert mistakes("large_array_sum", {}) == wanted
    assert mistakes("large_array_sum", {"array": [1], "artifact": some_id}) == wanted
    assert len(mistakes("large_array_sum", {"array": [1, "2", None]})) == 2
    assert len(mistakes("large_array_sum", {"artifact": "no id"})) == 1


@pytest.fixture
def media(settings, tmp_path, db):
    settings.MEDIA_ROOT = tmp_path


def uploaded_array(array: np.ndarray) -> str:
    file = io.BytesIO()
    np.save(file, array)
    file.seek(0)
    return str(artifacts.store(file, "array.npy", "application/octet-stream").id)


def test_an_array_in_a_file_is_added_up(media):
    assert run("large_array_sum", {"artifact": uploaded_array(np.arange(1000))}) == {
        "sum": 499_500,
        "count": 1000,
    }
    assert run("large_array_sum", {"artifact": uploaded_array(np.zeros((0, 3)))})["count"] == 0


@pytest.mark.parametrize(
    ("content", "code"), [(b"no array", "bad_array"), (None, "artifact_not_found")]
)
def test_a_bad_file_fails_for_good(media, content, code):
    some_id = "01978f6e-0000-7000-8000-000000000000"
    if content is not None:
        some_id = str(artifacts.store(io.BytesIO(content), "x", "text/plain").id)
    with pytest.raises(DoNotRetry) as caught:
        run("large_array_sum", {"artifact": some_id})
    assert caught.value.code == code


def test_a_sum_that_is_no_number_fails_for_good(media):
    with pytest.raises(DoNotRetry, match="no finite number") as caught:
        run("large_array_sum", {"artifact": uploaded_array(np.array([1.0, math.nan]))})
    assert caught.value.code == "not_finite"


def test_a_long_sum_stops_when_it_is_cancelled_or_late(media):
    payload = {"artifact": uploaded_array(np.arange(10))}
    with pytest.raises(JobCancelled):
        run("large_array_sum", payload, JobContext("x", 1, is_stopped=lambda: True))
    with pytest.raises(DeadlineExceeded):
        run("large_array_sum", payload, JobContext("x", 1, timeout=1.0, deadline=0.0))


# --- resize_image -----------------------------------------------------------------------------
def uploaded_picture(size: tuple[int, int], picture_format: str = "PNG") -> str:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, picture_format)
    file.seek(0)
    return str(artifacts.store(file, f"cat.{picture_format.lower()}", "image/png").id)


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ({"width": 50}, (50, 25)),
        ({"height": 10}, (20, 10)),
        ({"width": 30, "height": 40}, (30, 40)),
        ({"width": 200, "height": None}, (200, 100)),
    ],
)
def test_a_resized_picture_is_a_new_artifact_of_the_job(media, wanted, size):
    source = uploaded_picture((100, 50), "JPEG")
    context = JobContext(job_id="01978f6e-0000-7000-8000-00000000000a", attempt=1)
    result = run("resize_image", {"artifact": source} | wanted, context)

    assert (result["width"], result["height"]) == size
    made = artifacts.find(result["artifact"])
    assert str(made.id) != source
    assert str(made.job_id) == context.job_id
    assert (made.name, made.content_type) == (f"cat-{size[0]}x{size[1]}.jpeg", "image/jpeg")
    with artifacts.open_file(made.id) as file, Image.open(file) as image:
        assert (image.format, image.size) == ("JPEG", size)
    assert context.latest_progress == (0.9, "saved")


def test_a_size_must_be_given_and_possible():
    some_id = "01978f6e-0000-7000-8000-000000000000"
    assert mistakes("resize_image", {"artifact": some_id}) == [
        "Value error, Give a width, a height or both."
    ]
    assert len(mistakes("resize_image", {"artifact": some_id, "width": 0, "height": 1.5})) == 2
    assert len(mistakes("resize_image", {"artifact": some_id, "width": 16_001})) == 1


@pytest.mark.parametrize(
    ("content", "code"), [(b"no picture", "bad_picture"), (None, "artifact_not_found")]
)
def test_a_bad_picture_fails_for_good(media, content, code):
    some_id = "01978f6e-0000-7000-8000-000000000000"
    if content is not None:
        some_id = str(artifacts.store(io.BytesIO(content), "x", "text/plain").id)
    with pytest.raises(DoNotRetry) as caught:
        run("resize_image", {"artifact": some_id, "width": 10})
    assert caught.value.code == code


def test_a_size_that_the_aspect_ratio_makes_too_large_fails_for_good(media):
    with pytest.raises(DoNotRetry) as caught:
        run("resize_image", {"artifact": uploaded_picture((1, 1000)), "width": 100})
    assert caught.value.code == "bad_picture"
