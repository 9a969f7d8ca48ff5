"""Reading, resizing and writing pictures that strangers upload. No Django, no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageOps

from jobs.errors import CeleriacError

MAX_PIXELS = 80_000_000
"""Of a picture that is read or made: 320 MB in memory. Just below where Pillow itself warns."""
MAX_SIDE = 16_000
"""Pixels; every format below can hold it."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
"""The only ones that are tried: others start programs, or are rarely read and often broken."""

_MIXED_AS = {"1": "L", "P": "RGBA", "PA": "RGBA", "I;16": "I", "I;16B": "I"}
"""Modes whose pixels can't be mixed, and what they are mixed as."""


class BadPicture(CeleriacError):
    """The file can't be read as a picture: {reason}."""

    code = "bad_picture"


class PictureTooLarge(BadPicture):
    """The picture has {width} x {height} pixels; at most {limit} in all are allowed."""

    code = "picture_too_large"


@dataclass(frozen=True)
class Picture:
    """Pixels, upright, and what is needed to write them as the file was."""

    image: Image.Image
    format: str
    icc_profile: bytes | None

    @property
    def content_type(self) -> str:
        """The media type of the format."""
        return Image.MIME[self.format]


def read(path: Path) -> Picture:
    """The picture in a file, turned as its EXIF orientation says; raises `BadPicture`."""
    with path.open("rb") as file:
        try:
            image = Image.open(file, formats=FORMATS)
            _check_size(*image.size)
            image.load()
            return Picture(
                image=ImageOps.exif_transpose(image),
                # A JPEG with a preview inside calls itself MPO.
                format="JPEG" if image.format == "MPO" else str(image.format),
                icc_profile=image.info.get("icc_profile"),
            )
        except (MemoryError, BadPicture):
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise BadPicture(reason=error) from None
        # Whatever the damage leads a decoder to: SyntaxError, struct.error, OSError, EOFError …
        except Exception as error:
            _raise_if_no_fault_of_the_picture(error)
            raise BadPicture(reason=_reason(error)) from None


def target_size(size: tuple[int, int], width: int | None, height: int | None) -> tuple[int, int]:
    """Width and height in pixels, a side that is None following the aspect ratio of `size`.

    Raises `PictureTooLarge`.
    """
    old_width, old_height = size
    new_width = width or max(1, round(old_width * (height or old_height) / old_height))
    new_height = height or max(1, round(old_height * new_width / old_width))
    _check_size(new_width, new_height)
    if max(new_width, new_height) > MAX_SIDE:
        raise BadPicture(reason=f"a side would have more than {MAX_SIDE} pixels")
    return new_width, new_height


def resize(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture in another size, each pixel mixed from those that it stands for."""
    image = picture.image
    mixable = image.convert(_MIXED_AS.get(image.mode, image.mode))
    resized = mixable.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if image.mode.startswith("I;16"):
        resized = resized.convert("I;16")
    return replace(picture, image=resized)


def write(picture: Picture, file: IO[bytes]) -> None:
    """Writes the picture in its format, with its colour profile and without other metadata.

    Raises `BadPicture` where the format can't hold it.
    """
    options: dict[str, Any] = {"icc_profile": picture.icc_profile} if picture.icc_profile else {}
    if picture.format in ("JPEG", "WEBP"):
        options["quality"] = 90
    try:
        picture.image.save(file, picture.format, **options)
    except OSError as error:
        _raise_if_no_fault_of_the_picture(error)
        raise BadPicture(reason=_reason(error)) from None


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PictureTooLarge(width=width, height=height, limit=MAX_PIXELS)


def _raise_if_no_fault_of_the_picture(error: Exception) -> None:
    """Lets the system's own errors through, a full disk say; Pillow's OSErrors have no number."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error


def _reason(error: Exception) -> str:
    if "cannot identify" in str(error):
        return f"it is none of {', '.join(FORMATS)}"
    return str(error).rstrip(".") or type(error).__name__
