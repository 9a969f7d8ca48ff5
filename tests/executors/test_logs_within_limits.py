"""The log of an execution in memory: cut at its limit, and what is fit to be stored."""

from __future__ import annotations

import threading
import time
import tracemalloc

import pytest

from executors.logs import spool as spool_module
from executors.logs.execution_log import ExecutionLog
from executors.logs.lines import LINE_MAX_BYTES, Level, Line, Stream, storable
from executors.logs.spool import Spool

LIMIT = 100_000


@pytest.fixture
def spool() -> Spool:
    return Spool()


@pytest.fixture
def log(spool: Spool) -> ExecutionLog:
    return ExecutionLog(spool, "job", "execution", origin=0.0, limit=LIMIT)


def lines(spool: Spool) -> list[Line]:
    entries = spool.first(1_000_000)
    assert [entry.place for entry in entries] == list(range(1, len(entries) + 1))
    return [entry.line for entry in entries]


def texts(spool: Spool) -> list[str]:
    return [line.text for line in lines(spool)]


def test_lines_end_with_a_newline_or_with_the_log(spool: Spool, log: ExecutionLog) -> None:
    log.write(Stream.STDOUT, "a")
    log.write(Stream.STDERR, "other\n")
    log.write(Stream.STDOUT, "b\n\nc")
    assert texts(spool) == ["other", "ab", ""]
    log.close()
    assert texts(spool) == ["other", "ab", "", "c"]
    assert [line.level for line in lines(spool)] == [Level.WARNING, *[Level.INFO] * 3]


def test_a_bar_of_progress_is_one_line(spool: Spool, log: ExecutionLog) -> None:
    for percent in range(100):
        log.write(Stream.STDERR, f"\r{percent} %")
    log.write(Stream.STDERR, "\r100 %\r\n")
    assert texts(spool) == ["100 %"]


def test_nothing_is_added_to_a_closed_log(spool: Spool, log: ExecutionLog) -> None:
    log.close()
    log.record(Level.INFO, "late")
    log.write(Stream.STDOUT, "late\n")
    assert not spool


def test_a_flood_keeps_its_first_and_last_lines_and_says_what_is_left_out(
    spool: Spool, log: ExecutionLog
) -> None:
    count = 50_000
    for number in range(count):
        log.record(Level.INFO, f"line {number}")
    log.close()
    kept = lines(spool)
    [cut, left_out] = [n for n, line in enumerate(kept) if line.stream == Stream.NOTE]
    assert left_out == cut + 1
    assert [line.text for line in kept[:cut]] == [f"line {n}" for n in range(cut)]
    tail = [line.text for line in kept[left_out + 1 :]]
    assert tail == [f"line {n}" for n in range(count - len(tail), count)]
    assert f"its limit of {LIMIT:,} bytes" in kept[cut].text
    assert kept[left_out].text.startswith(f"{count - cut - len(tail):,} lines (")
    assert LIMIT * 0.95 < sum(line.cost for line in kept) < LIMIT * 1.05


def test_a_flood_fills_no_memory(spool: Spool, log: ExecutionLog) -> None:
    tracemalloc.start()
    try:
        for _ in range(300):
            log.write(Stream.STDOUT, "x" * 100_000)
            log.write(Stream.STDERR, "y\n" * 10)
            log.record(Level.INFO, "z" * 100_000)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_a_log_is_cut_when_its_lines_cannot_be_written(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "SPOOL_MAX_BYTES", 1000)
    log = ExecutionLog(spool, "job", "execution", origin=0.0, limit=LIMIT)
    for number in range(10_000):
        log.record(Level.INFO, f"line {number}")
    assert "faster than they can be stored" in texts(spool)[-1]
    log.close()
    assert texts(spool)[-1] == "line 9999"


def test_times_are_those_of_the_words(spool: Spool) -> None:
    log = ExecutionLog(spool, "job", "execution", origin=1e9, limit=LIMIT)
    before = time.monotonic()
    log.record(Level.INFO, "now")
    assert before + 1e9 <= (lines(spool)[0].at or 0) <= time.monotonic() + 1e9


def test_threads_of_one_handler_share_its_log(spool: Spool, log: ExecutionLog) -> None:
    def talk(name: str) -> None:
        for number in range(200):
            log.record(Level.INFO, f"{name}{number}")

    threads = [threading.Thread(target=talk, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = texts(spool)
    for name in "abcd":
        assert [text for text in said if text[0] == name] == [f"{name}{n}" for n in range(200)]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\0b", "a\N{SYMBOL FOR NULL}b"),
        ("\ud800", "?"),
        ("{\"a\\b',}\n", "{\"a\\b',}\n"),
        ("x" * (LINE_MAX_BYTES + 5), "x" * LINE_MAX_BYTES + " … [5 more characters]"),
        ("ä" * LINE_MAX_BYTES, "ä" * (LINE_MAX_BYTES // 2) + " … [8,192 more characters]"),
    ],
)
def test_any_text_is_made_fit(text: str, stored: str) -> None:
    assert storable(text) == stored


@pytest.mark.parametrize(
    ("number", "level"),
    [(0, Level.DEBUG), (5, Level.DEBUG), (25, Level.INFO), (40, Level.ERROR), (99, Level.CRITICAL)],
)
def test_levels_of_ones_own_are_the_known_ones_below(number: int, level: Level) -> None:
    assert Level.of(number) == level
