"""Counts over shares of a text in a binary file, at line boundaries. No Django, no database."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from jobs.errors import CeleriacError

BLOCK = 1 << 20
"""Bytes read at a time."""
_MARKS = bytes(ord(" " if chr(code).isspace() else "x") for code in range(128)) + bytes(128)


class BadText(CeleriacError):
    """The text is not UTF-8: {reason}."""

    code = "bad_text"


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is in a text.

    A line ends after a line feed, or at the end of the text; a word is what is between white
    space; a character is a code point, line ends included.
    """

    lines: int = 0
    words: int = 0
    characters: int = 0
    bytes: int = 0


def size_of(file: BinaryIO) -> int:
    """Its bytes."""
    return file.seek(0, os.SEEK_END)


def lines_between(file: BinaryIO, start: int, stop: int) -> tuple[int, int]:
    """Where those lines begin and end whose first byte is at `start` or later, before `stop`.

    So adjacent ranges give adjacent lines, each line once; none, as an empty range, where a line
    is longer than the range.
    """
    begin = _line_start(file, start, stop)
    return begin, (_line_start(file, stop, size_of(file)) if begin < stop else begin)


def _line_start(file: BinaryIO, offset: int, limit: int) -> int:
    """The first start of a line from `offset` on, or `limit` if there is none before it."""
    if offset == 0:
        return 0
    position = offset - 1
    while position < limit:
        file.seek(position)
        block = file.read(min(BLOCK, limit - position))
        if not block:
            break
        if (found := block.find(b"\n")) >= 0:
            return position + found + 1
        position += len(block)
    return limit


def count(file: BinaryIO, begin: int, end: int, progress: Callable[[float], None]) -> Counts:
    """Counts in the whole lines from `begin` up to `end`; raises `BadText`.

    `progress` is told the fraction done, from 0 to 1, after each block.
    """
    lines = words = characters = position = 0
    inside_word, last = False, "\n"
    for position, text in _decoded(file, begin, end):
        if text:
            lines += text.count("\n")
            # A word that goes on in this block was counted in the one before.
            words += _words(text) - (inside_word and not text[0].isspace())
            characters += len(text)
            last = text[-1]
            inside_word = not last.isspace()
        progress((position - begin) / (end - begin))
    return Counts(lines + (last != "\n"), words, characters, end - begin)


def _words(text: str) -> int:
    if not text.isascii():
        return len(text.split())
    # The same, several times as fast: where white space is followed by something else.
    marks = text.encode().translate(_MARKS)
    return marks.count(b" x") + marks.startswith(b"x")


def _decoded(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[int, str]]:
    """Where each block ends, and its text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(begin)
    position = begin
    while position < end:
        block = file.read(min(BLOCK, end - position))
        if not block:
            raise BadText(reason=f"it ended at byte {position:,} while it was read")
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=position + len(block) == end)
        except UnicodeDecodeError as error:
            where = position - held + error.start
            raise BadText(reason=f"{error.reason} at byte {where:,}") from None
        position += len(block)
        yield position, text
