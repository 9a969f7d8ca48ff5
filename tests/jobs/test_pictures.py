"""Pictures of every format and mode, upright, and the ones that are refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from jobs import pictures
from jobs.pictures import BadPicture, Picture, PictureTooLarge

ORIENTATION = 0x0112


def gradient(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Dark on the left, bright on the right."""
    return Image.linear_gradient("L").rotate(90).resize(size).convert(mode)


def saved(directory: Path, image: Image.Image, picture_format: str, **options: object) -> Path:
    path = directory / "picture"
    image.save(path, picture_format, **options)
    return path


def resized(picture: Picture, size: tuple[int, int]) -> Image.Image:
    file = io.BytesIO()
    pictures.write(pictures.resize(picture, size), file)
    return Image.open(file)


@pytest.mark.parametrize(
    ("picture_format", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("PNG", "LA"),
        ("PNG", "I;16"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
        ("GIF", "P"),
        ("GIF", "L"),
        ("TIFF", "RGB"),
        ("TIFF", "F"),
        ("TIFF", "I;16"),
        ("BMP", "RGB"),
        ("BMP", "1"),
    ],
)
def test_each_format_comes_back_as_itself(tmp_path, picture_format, mode):
    picture = pictures.read(saved(tmp_path, gradient((64, 48), mode), picture_format))
    made = resized(picture, (32, 24))
    made.load()
    assert (made.format, made.size) == (picture_format, (32, 24))
    assert picture.content_type == f"image/{picture_format.lower()}"
    bright = made.convert("RGB")
    assert bright.getpixel((2, 12))[0] < bright.getpixel((29, 12))[0]


def test_every_format_is_built_in():
    assert features.check("jpg") and features.check("zlib") and features.check("webp")


def test_a_photograph_is_turned_upright_and_its_turn_forgotten(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture = pictures.read(saved(tmp_path, gradient((60, 40)), "JPEG", exif=exif))
    assert picture.image.size == (40, 60)
    made = resized(picture, (20, 30))
    assert ORIENTATION not in made.getexif()
    assert made.getpixel((10, 2))[0] < made.getpixel((10, 27))[0]


def test_the_colour_profile_stays_and_other_metadata_goes(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "where the photographer lives"
    path = saved(tmp_path, gradient((60, 40)), "JPEG", exif=exif, icc_profile=b"a profile")
    made = resized(pictures.read(path), (30, 20))
    assert made.info["icc_profile"] == b"a profile"
    assert not made.getexif()


def test_transparency_does_not_bleed(tmp_path):
    image = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (10, 0, 20, 20))
    made = resized(pictures.read(saved(tmp_path, image, "PNG")), (10, 10))
    assert made.getpixel((9, 5)) == (0, 0, 255, 255)
    assert made.getpixel((0, 5))[3] == 0


def test_of_an_animation_the_first_frame_is_used(tmp_path):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    path = saved(tmp_path, frames[0], "GIF", save_all=True, append_images=frames[1:])
    made = resized(pictures.read(path), (10, 10))
    assert getattr(made, "n_frames", 1) == 1
    assert made.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


@given(st.tuples(st.integers(1, 16_000), st.integers(1, 5000)), st.integers(1, 5000))
def test_a_side_left_out_follows_the_aspect_ratio(size, side):
    try:
        width, height = pictures.target_size(size, side, None)
    except BadPicture:
        return
    assert width == side
    assert height >= 1
    assert abs(height - size[1] * side / size[0]) <= 1

    turned = pictures.target_size((size[1], size[0]), None, side)
    assert turned == (height, width)


def test_both_sides_given_are_taken():
    assert pictures.target_size((100, 50), 30, 40) == (30, 40)


def test_what_would_be_too_large_is_refused():
    with pytest.raises(PictureTooLarge):
        pictures.target_size((10, 10), 16_000, 16_000)
    with pytest.raises(BadPicture, match="more than 16000"):
        pictures.target_size((10, 100), 2000, None)


def test_what_the_format_cannot_hold_is_refused(tmp_path):
    picture = Picture(Image.new("HSV", (10, 10)), "PNG", None)
    with pytest.raises(BadPicture, match="cannot write mode HSV"):
        pictures.write(picture, io.BytesIO())


def test_a_full_disk_is_no_fault_of_the_picture():
    picture = Picture(gradient((500, 500)), "BMP", None)
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="space"):
        pictures.write(picture, full)


@pytest.mark.parametrize("side", [10_000, 12_000, 20_000])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, side):
    path = saved(tmp_path, Image.new("1", (side, side)), "PNG")
    assert path.stat().st_size < 100_000
    with pytest.raises(BadPicture, match="pixels"):
        pictures.read(path)


@pytest.mark.parametrize(
    "content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF-3.0\n"]
)
def test_what_is_no_picture_is_refused(tmp_path, content):
    path = tmp_path / "picture"
    path.write_bytes(content)
    with pytest.raises(BadPicture, match="it is none of JPEG, PNG"):
        pictures.read(path)


@pytest.mark.parametrize("picture_format", pictures.FORMATS)
def test_a_picture_cut_short_is_refused(tmp_path, picture_format):
    path = saved(tmp_path, gradient((200, 200)), picture_format)
    content = path.read_bytes()
    for share in (0.3, 0.6, 0.9):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(BadPicture):
            pictures.read(path)


@given(data=st.data(), picture_format=st.sampled_from(pictures.FORMATS))
def test_a_changed_byte_never_does_worse(tmp_path_factory, data, picture_format):
    path = saved(tmp_path_factory.mktemp("byte"), gradient((40, 40)), picture_format)
    content = bytearray(path.read_bytes())
    for _ in range(3):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        picture = pictures.read(path)
    except BadPicture:
        return
    resized(picture, (10, 10))
