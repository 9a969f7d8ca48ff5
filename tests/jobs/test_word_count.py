"""The job type `word_count`: the same counts, whatever the number of chunks."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs import artifacts, texts, types
from jobs.errors import DeadlineExceeded, DoNotRetry, JobCancelled
from tests.support.chunked import chunk_results, in_chunks, in_one_piece

NAME = "word_count"
PIECES = st.sampled_from(
    [
        "\n",
        "\r\n",
        "\r",
        "\x1c",
        " ",
        "\u2003",
        "\u00a0",
        "\u0085",
        "word",
        "noël",
        "日本",
        "👨‍👩‍👧",
        "a\tb",
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(
    st.characters(codec="utf-8"), max_size=60
)


@pytest.fixture
def media(settings: Any, tmp_path: Any, db: None) -> None:
    settings.MEDIA_ROOT = tmp_path


def uploaded(content: bytes) -> dict[str, str]:
    return {"artifact": str(artifacts.store(io.BytesIO(content), "a.txt", "text/plain").id)}


def expected(text: str) -> dict[str, int]:
    return {
        "lines": text.count("\n") + (text != "" and not text.endswith("\n")),
        "words": len(text.split()),
        "characters": len(text),
        "bytes": len(text.encode()),
    }


@given(TEXTS, st.integers(1, 30), st.integers(1, 9))
def test_counts_are_the_same_for_any_number_of_chunks(text: str, count: int, block: int) -> None:
    """Blocks of a few bytes cut words, characters and line ends in two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "BLOCK", block)
        assert in_chunks(NAME, {"text": text}, count) == expected(text)
        assert in_one_piece(NAME, {"text": text}) == expected(text)


@given(TEXTS, st.integers(1, 30))
def test_each_line_is_in_one_chunk_and_whole(text: str, count: int) -> None:
    content = text.encode()
    file = io.BytesIO(content)
    found = []
    for index in range(count):
        start, stop = len(content) * index // count, len(content) * (index + 1) // count
        begin, end = texts.lines_between(file, start, stop)
        found += content[begin:end].splitlines(keepends=True) if begin < end else []
        assert end == len(content) or end == 0 or content[end - 1 : end] == b"\n" or begin == end
    assert b"".join(found) == content


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "no line end",
        "one\n",
        "one\r\ntwo\r\n",
        "one\ntwo",
        "\ufeffwith a mark",
        "x" * 1000 + "\nshort\n",
        "short\n" + "long line of many words " * 100,
        "\n" * 50,
        " \u3000 ",
    ],
)
def test_a_file_is_counted_like_a_text(media: None, text: str, count: int) -> None:
    assert in_chunks(NAME, uploaded(text.encode()), count) == expected(text)
    assert in_chunks(NAME, {"text": text}, count) == expected(text)


def test_what_is_counted() -> None:
    """As docs say: CRLF is one end of a line and two characters; 日 is one character, 3 bytes."""
    assert in_one_piece(NAME, {"text": "Hello, world!\r\n日本 語\n"}) == {
        "lines": 2,
        "words": 4,
        "characters": 20,
        "bytes": 26,
    }


def test_each_chunk_counts_its_own_lines() -> None:
    text = "".join(f"line {number}\n" for number in range(10))
    assert [json.loads(one)["lines"] for one in chunk_results(NAME, {"text": text}, 5)] == [2] * 5
    long = "x" * 100 + "\n" + "y\n" * 5
    assert [json.loads(one)["lines"] for one in chunk_results(NAME, {"text": long}, 5)] == [
        1, 0, 0, 0, 5,
    ]  # fmt: skip


@pytest.mark.parametrize("block", [1, 3, 1 << 20])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"good\n\xff bad\n", "invalid start byte at byte 5"),
        (b"good\nbad \xe6\x97\n", "invalid continuation byte at byte 9"),
        (b"good\ncut \xe6\x97", "unexpected end of data at byte 9"),
        ("UTF-16\n".encode("utf-16"), "invalid start byte at byte 0"),
    ],
)
def test_what_is_not_utf8_fails_for_good(
    media: None, monkeypatch: Any, content: bytes, reason: str, count: int, block: int
) -> None:
    monkeypatch.setattr(texts, "BLOCK", block)
    with pytest.raises(DoNotRetry, match=reason) as caught:
        in_chunks(NAME, uploaded(content), count)
    assert caught.value.code == "bad_text"


def test_an_unknown_file_fails_for_good(media: None) -> None:
    with pytest.raises(DoNotRetry) as caught:
        in_one_piece(NAME, {"artifact": "01978f6e-0000-7000-8000-000000000000"})
    assert caught.value.code == "artifact_not_found"


def test_a_file_that_shrinks_meanwhile_is_no_endless_loop() -> None:
    with pytest.raises(texts.BadText, match="it ended at byte 3"):
        texts.count(io.BytesIO(b"abc"), 0, 9, lambda _: None)


@pytest.mark.parametrize(
    "payload", [{}, {"text": "a", "artifact": "01978f6e-0000-7000-8000-000000000000"}]
)
def test_a_text_or_a_file_but_not_both(payload: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="Give either a text or an artifact"):
        types.get(NAME).load_payload(json.dumps(payload))


def test_a_long_count_stops_when_it_is_cancelled_or_late() -> None:
    with pytest.raises(JobCancelled):
        in_one_piece(NAME, {"text": "x"}, is_stopped=lambda: True)
    with pytest.raises(DeadlineExceeded):
        in_one_piece(NAME, {"text": "x"}, timeout=1.0, deadline=0.0)


def test_progress_grows_to_the_end(monkeypatch: Any) -> None:
    monkeypatch.setattr(texts, "BLOCK", 7)
    heard: list[float] = []
    texts.count(io.BytesIO(b"some words\n" * 9), 0, 99, heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) == 15
