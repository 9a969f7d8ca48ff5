"""The job type `word_count`."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Self
from uuid import UUID

from pydantic import Field, model_validator

from jobs import artifacts, texts
from jobs.chunkable import Chunkable
from jobs.context import JobContext
from jobs.errors import ArtifactNotFound, DoNotRetry
from jobs.shares import share
from jobs.types import Payload, job_type


class WordCount(Payload):
    """A text, given as it is or as a file."""

    text: str | None = Field(None, description="The text itself.")
    artifact: UUID | None = Field(None, description="A text in UTF-8: the id of an artifact.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.artifact is None):
            raise ValueError("Give either a text or an artifact.")
        return self


class TextCounts(Payload):
    """What there is in a text."""

    lines: int = Field(description="Line feeds, and one more if the text ends without one.")
    words: int = Field(description="Runs of characters that are no white space.")
    characters: int = Field(description="Code points of Unicode, line ends included.")
    bytes: int = Field(description="Bytes in UTF-8.")


@dataclass(frozen=True, slots=True)
class Share:
    """One of several shares of a text's lines, equal in bytes but for whole lines; from 0."""

    payload: WordCount
    index: int
    of: int


@job_type("word_count")
class WordCounting(Chunkable[WordCount, Share, TextCounts, TextCounts]):
    """Counts the lines, words, characters and bytes of a text in UTF-8.

    A line ends with a line feed, so that both kinds of line ends do; a word is what is between
    white space, as Unicode defines it. A file is read block by block, and may exceed the memory;
    split into chunks, each reads only its own lines.
    """

    def split(self, payload: WordCount, parts: int) -> Sequence[Share]:
        """As many shares as there are chunks; where its lines begin, each finds out by itself."""
        return [Share(payload, index, parts) for index in range(parts)]

    def run_chunk(self, context: JobContext, part: Share) -> TextCounts:
        """Counts in one share's lines, of which there are none if another's line covers it."""
        try:
            with _opened(part.payload) as file:
                start, stop = share(texts.size_of(file), part.index, part.of)
                begin, end = texts.lines_between(file, start, stop)
                counts = texts.count(file, begin, end, context.progress)
        except (ArtifactNotFound, texts.BadText) as error:
            raise DoNotRetry(str(error), code=error.code) from None
        return TextCounts(
            lines=counts.lines,
            words=counts.words,
            characters=counts.characters,
            bytes=counts.bytes,
        )

    def combine(self, _payload: WordCount, results: Sequence[TextCounts]) -> TextCounts:
        """Adds up."""
        return TextCounts(
            lines=sum(result.lines for result in results),
            words=sum(result.words for result in results),
            characters=sum(result.characters for result in results),
            bytes=sum(result.bytes for result in results),
        )


@contextmanager
def _opened(payload: WordCount) -> Iterator[BinaryIO]:
    if payload.text is not None:
        yield io.BytesIO(payload.text.encode())
        return
    with artifacts.local_path(str(payload.artifact)) as path, path.open("rb") as file:
        yield file
