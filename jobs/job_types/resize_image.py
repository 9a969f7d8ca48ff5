"""The job type `resize_image`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from jobs import artifacts, pictures
from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.errors import ArtifactNotFound, DoNotRetry
from jobs.models import Artifact
from jobs.pictures import Picture
from jobs.shares import shares
from jobs.types import Payload, job_type

MOST_SIZES = 50


Width = Annotated[
    int | None,
    Field(ge=1, le=pictures.MAX_SIDE, description="Pixels; left out, it follows from the height."),
]
Height = Annotated[
    int | None,
    Field(ge=1, le=pictures.MAX_SIDE, description="Pixels; left out, it follows from the width."),
]
NO_SIZE = "Give a width, a height or both."


class Size(Payload):
    """A size for a picture; where one side is left out, the aspect ratio stays."""

    width: Width = None
    height: Height = None

    @model_validator(mode="after")
    def _one_side_is_given(self) -> Self:
        if self.width is None and self.height is None:
            raise ValueError(NO_SIZE)
        return self


class ResizeImage(Payload):
    """A picture and the size, or the sizes, that it should get."""

    artifact: UUID = Field(description="The picture: the id of an artifact.")
    width: Width = None
    height: Height = None
    sizes: list[Size] | None = Field(
        None,
        min_length=1,
        max_length=MOST_SIZES,
        description="Several sizes, instead of width and height; each can be a chunk.",
    )

    @model_validator(mode="after")
    def _one_size_or_several(self) -> Self:
        one = self.width is not None or self.height is not None
        if one and self.sizes is not None:
            raise ValueError("Give either a width and height or sizes, not both.")
        if not one and self.sizes is None:
            raise ValueError(NO_SIZE)
        return self

    @property
    def all_sizes(self) -> Sequence[Size]:
        """The sizes that were asked for, in either way."""
        return self.sizes or [Size(width=self.width, height=self.height)]


class ResizedImage(Payload):
    """The resized picture."""

    artifact: UUID = Field(description="The resized picture: the id of a new artifact.")
    width: int = Field(description="Pixels.")
    height: int = Field(description="Pixels.")


class ResizedImages(Payload):
    """The resized pictures."""

    pictures: list[ResizedImage] = Field(description="In the order of the sizes.")


@dataclass(frozen=True, slots=True)
class Sizes:
    """A picture and some of the sizes that it should get."""

    artifact: UUID
    sizes: Sequence[Size]


@job_type("resize_image")
class ImageResizing(Chunkable[ResizeImage, Sizes, ResizedImages, ResizedImage | ResizedImages]):
    """Resizes a picture; where one side is left out, the aspect ratio stays.

    Takes JPEG, PNG, WebP, GIF, TIFF and BMP, and gives back the same. A photograph is turned
    upright first. Of an animation the first frame is used. Asked for several sizes, it gives a
    list of pictures, and can be split into as many chunks.
    """

    def split(self, payload: ResizeImage, parts: int) -> Sequence[Sizes]:
        """The sizes, some to each part; the picture is read once for a part."""
        sizes = payload.all_sizes
        bounds = shares(len(sizes), parts)
        return [Sizes(payload.artifact, sizes[start:stop]) for start, stop in bounds]

    def run_chunk(self, context: JobContext, part: Sizes) -> ResizedImages:
        """Makes the pictures of one part."""
        try:
            return ResizedImages(pictures=_resize(context, part))
        except (ArtifactNotFound, pictures.BadPicture) as error:
            raise DoNotRetry(str(error), code=error.code) from None

    def combine(
        self, payload: ResizeImage, results: Sequence[ResizedImages]
    ) -> ResizedImage | ResizedImages:
        """All pictures in order, or the only one where one size was asked for by itself."""
        made = [picture for result in results for picture in result.pictures]
        return made[0] if payload.sizes is None else ResizedImages(pictures=made)


def _resize(context: JobContext, part: Sizes) -> list[ResizedImage]:
    source = artifacts.find(part.artifact)
    with artifacts.local_path(part.artifact) as path:
        picture = pictures.read(path)
    context.progress(0.4, "read")
    made, step = [], 0.5 / len(part.sizes)
    for done, size in enumerate(part.sizes):
        pixels = pictures.target_size(picture.image.size, size.width, size.height)
        resized = pictures.resize(picture, pixels)
        context.progress(0.4 + step * (done + 0.6), "resized")
        artifact = _store(resized, source, context.job_id)
        context.progress(0.4 + step * (done + 1), "saved")
        made.append(ResizedImage(artifact=artifact, width=pixels[0], height=pixels[1]))
    return made


def _store(picture: Picture, source: Artifact, job_id: str) -> UUID:
    name = PurePath(source.name)
    width, height = picture.image.size
    with tempfile.TemporaryFile() as file:
        pictures.write(picture, file)
        file.seek(0)
        return artifacts.store(
            file,
            f"{name.stem}-{width}x{height}{name.suffix}",
            picture.content_type,
            job_id=job_id,
        ).id
