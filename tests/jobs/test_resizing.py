"""The job type `resize_image` with several sizes, whole and in chunks."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from jobs import artifacts, types
from jobs.context import JobContext
from jobs.errors import DoNotRetry
from tests.support.chunked import JOB_ID, chunk_results, in_chunks, in_one_piece

NAME = "resize_image"
SIZES = [{"width": 50}, {"height": 10}, {"width": 30, "height": 40}, {"width": 50}, {"height": 1}]
PIXELS = [(50, 25), (20, 10), (30, 40), (50, 25), (2, 1)]


@pytest.fixture
def picture(settings: Any, tmp_path: Any, db: None) -> str:
    """The id of an uploaded one, of 100 x 50 pixels."""
    settings.MEDIA_ROOT = tmp_path
    file = io.BytesIO()
    Image.new("RGB", (100, 50), "teal").save(file, "PNG")
    file.seek(0)
    return str(artifacts.store(file, "cat.png", "image/png").id)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_pictures_come_in_the_order_asked(picture: str, count: int) -> None:
    result = in_chunks(NAME, {"artifact": picture, "sizes": SIZES}, count)
    assert list(result) == ["pictures"]
    assert [(one["width"], one["height"]) for one in result["pictures"]] == PIXELS
    for one, size in zip(result["pictures"], PIXELS, strict=True):
        assert set(one) == {"artifact", "width", "height"}
        made = artifacts.find(one["artifact"])
        assert (str(made.job_id), made.name) == (JOB_ID, f"cat-{size[0]}x{size[1]}.png")
        with artifacts.open_file(made.id) as file, Image.open(file) as image:
            assert image.size == size


def test_one_size_in_a_list_gives_a_list(picture: str) -> None:
    result = in_one_piece(NAME, {"artifact": picture, "sizes": [{"width": 7}]})
    assert [one["width"] for one in result["pictures"]] == [7]


@pytest.mark.parametrize("count", [1, 4])
def test_one_size_by_itself_is_one_part_and_gives_one_picture(picture: str, count: int) -> None:
    payload = {"artifact": picture, "width": 50}
    assert len(chunk_results(NAME, payload, count)) == 1
    result = in_chunks(NAME, payload, count)
    assert set(result) == {"artifact", "width", "height"}
    assert (result["width"], result["height"]) == (50, 25)


def test_each_size_can_be_a_chunk(picture: str) -> None:
    texts = chunk_results(NAME, {"artifact": picture, "sizes": SIZES}, 5)
    assert [len(json.loads(text)["pictures"]) for text in texts] == [1] * 5


def test_progress_goes_on_from_size_to_size(picture: str) -> None:
    kind, heard = types.get(NAME), []

    class Heard(JobContext):
        def progress(self, fraction: float, message: str = "") -> None:
            heard.append(fraction)

    payload = kind.load_payload(json.dumps({"artifact": picture, "sizes": SIZES[:2]}))
    kind.handler(Heard(JOB_ID, 1), payload)
    assert heard == pytest.approx([0.4, 0.55, 0.65, 0.8, 0.9])


def test_an_impossible_size_among_others_fails_for_good(picture: str) -> None:
    payload = {"artifact": picture, "sizes": [{"width": 1}, {"width": 16_000}]}
    with pytest.raises(DoNotRetry) as caught:
        in_one_piece(NAME, payload)
    assert caught.value.code == "picture_too_large"


@pytest.mark.parametrize(
    ("wanted", "where", "message"),
    [
        ({"sizes": []}, ("sizes",), "at least 1 item"),
        ({"sizes": [{"width": 1}] * 51}, ("sizes",), "at most 50 items"),
        ({"sizes": [{}]}, ("sizes", 0), "Give a width, a height or both."),
        ({"sizes": [{"width": 0}]}, ("sizes", 0, "width"), "greater than or equal to 1"),
        ({"sizes": [{"width": 1, "depth": 1}]}, ("sizes", 0, "depth"), "Extra inputs"),
        ({"sizes": [{"width": 1}], "width": 1}, (), "Give either a width and height or sizes"),
    ],
)
def test_wrong_sizes_are_named(wanted: Any, where: tuple[str | int, ...], message: str) -> None:
    payload = {"artifact": "01978f6e-0000-7000-8000-000000000000"} | wanted
    with pytest.raises(ValidationError) as caught:
        types.get(NAME).load_payload(json.dumps(payload))
    (error,) = caught.value.errors()
    assert error["loc"] == where
    assert message in error["msg"]
