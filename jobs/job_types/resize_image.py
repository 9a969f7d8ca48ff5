"""The job type `resize_image`."""

from __future__ import annotations

import tempfile
from pathlib import PurePath
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from jobs import artifacts, pictures
from jobs.context import JobContext
from jobs.errors import ArtifactNotFound, DoNotRetry
from jobs.types import Payload, job_type


class ResizeImage(Payload):
    """A picture and the size that it should get."""

    artifact: UUID = Field(description="The picture: the id of an artifact.")
    width: int | None = Field(
        None,
        ge=1,
        le=pictures.MAX_SIDE,
        description="Pixels; left out, it follows from the height.",
    )
    height: int | None = Field(
        None,
        ge=1,
        le=pictures.MAX_SIDE,
        description="Pixels; left out, it follows from the width.",
    )

    @model_validator(mode="after")
    def _one_side_is_given(self) -> Self:
        if self.width is None and self.height is None:
            raise ValueError("Give a width, a height or both.")
        return self


class ResizedImage(Payload):
    """The resized picture."""

    artifact: UUID = Field(description="The resized picture: the id of a new artifact.")
    width: int = Field(description="Pixels.")
    height: int = Field(description="Pixels.")


@job_type("resize_image")
def resize_image(context: JobContext, payload: ResizeImage) -> ResizedImage:
    """Resizes a picture; where one side is left out, the aspect ratio stays.

    Takes JPEG, PNG, WebP, GIF, TIFF and BMP, and gives back the same. A photograph is turned
    upright first. Of an animation the first frame is used.
    """
    try:
        return _resize(context, payload)
    except (ArtifactNotFound, pictures.BadPicture) as error:
        raise DoNotRetry(str(error), code=error.code) from None


def _resize(context: JobContext, payload: ResizeImage) -> ResizedImage:
    source = artifacts.find(payload.artifact)
    with artifacts.local_path(payload.artifact) as path:
        picture = pictures.read(path)
    context.progress(0.4, "read")
    size = pictures.target_size(picture.image.size, payload.width, payload.height)
    resized = pictures.resize(picture, size)
    context.progress(0.7, "resized")
    with tempfile.TemporaryFile() as file:
        pictures.write(resized, file)
        file.seek(0)
        context.progress(0.9, "saved")
        name = PurePath(source.name)
        artifact = artifacts.store(
            file,
            f"{name.stem}-{size[0]}x{size[1]}{name.suffix}",
            resized.content_type,
            job_id=context.job_id,
        )
    return ResizedImage(artifact=artifact.id, width=size[0], height=size[1])
