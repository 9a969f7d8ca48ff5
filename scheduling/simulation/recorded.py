"""A load read from a CSV file, for a simulation."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jobs.errors import CeleriacError
from jobs.wishes import OnShortage, Placing
from scheduling.simulation.jobs import SimulatedJob

NEEDED = ("arrived", "type", "seconds")


class BadRecord(CeleriacError):
    """{path}, line {line}: {reason}"""

    code = "bad_record"


def read_csv(path: Path) -> list[SimulatedJob]:
    """The jobs that the file describes, in the order of their arrival.

    Raises BadRecord for what makes no sense, and OSError. docs/placement.md has the columns.
    """
    jobs: list[SimulatedJob] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        try:
            columns = _columns(next(rows, []))
            for row in rows:
                if row:
                    jobs.append(_job(len(jobs), columns, row))
        except (ValueError, UnicodeDecodeError, csv.Error) as error:
            raise BadRecord(path=path, line=max(rows.line_num, 1), reason=error) from error
    jobs.sort(key=lambda job: job.arrived)
    return jobs


def _columns(names: list[str]) -> list[str]:
    """The names in the first line, which must be known."""
    names = [name.strip() for name in names]
    for name in names:
        if name not in _COLUMNS:
            message = f"there is no column {name!r}; there are {', '.join(_COLUMNS)}."
            raise ValueError(message)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        message = f"the column {missing[0]!r} is missing."
        raise ValueError(message)
    if len(set(names)) < len(names):
        message = "a column is named twice."
        raise ValueError(message)
    return names


def _job(number: int, columns: list[str], row: list[str]) -> SimulatedJob:
    if len(row) != len(columns):
        message = f"it has {len(row)} values where there are {len(columns)} columns."
        raise ValueError(message)
    given = {name: text.strip() for name, text in zip(columns, row, strict=True)}
    fields = {name: _read(name, text) for name, text in given.items() if text or name in NEEDED}
    demand = fields.setdefault("thread_demand", 1)
    work = fields.pop("seconds") * demand
    fields.setdefault("priority", 5)
    alone = fields.get("timeout") is not None
    return SimulatedJob(id=f"{number:09}", age=0.0, work=work, alone=alone, **fields)


def _read(name: str, text: str) -> Any:
    try:
        return _COLUMNS[name](text)
    except ValueError as error:
        message = f"{name} can't be {text!r}: {error}."
        raise ValueError(message) from None


def _name(text: str) -> str:
    if not text:
        message = "it is needed"
        raise ValueError(message)
    return text


def _number(least: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        # A NaN is not at least anything.
        if not least <= value < float("inf"):
            message = f"a number from {least:g} is expected"
            raise ValueError(message)
        return value

    return read


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            message = f"a whole number from {least} to {most} is expected"
            raise ValueError(message)
        return int(text)

    return read


def _choice(choices: Mapping[str, Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text.lower() not in choices:
            message = f"one of {', '.join(choices)} is expected"
            raise ValueError(message)
        return choices[text.lower()]

    return read


_COLUMNS: dict[str, Callable[[str], Any]] = {
    "arrived": _number(0),
    "type": _name,
    "seconds": _number(0),
    "priority": _whole_number(0, 9),
    "thread_demand": _whole_number(1, 10_000),
    "chunkable": _choice({"true": True, "false": False, "1": True, "0": False}),
    "chunks": _whole_number(1, 10_000),
    "placement": _choice({its.value: its for its in Placing}),
    "on_shortage": _choice({its.value: its for its in OnShortage}),
    "timeout": _number(0),
}
