"""How a bench prints what it measured: a table, and the same figures as JSON."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def parser(description: str, *, runs: int = 3) -> argparse.ArgumentParser:
    """The options that all benches share."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--runs", type=int, default=runs, help="runs of each side (medians)")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return made


def median(values: Sequence[float]) -> float:
    """The median, which noise on a shared machine moves least."""
    return statistics.median(values)


def show(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], file: Path | None
) -> None:
    """Prints the table; writes it to `file` if one is given."""
    table = Table(title=title)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    Console(width=110).print(table)
    if file:
        figures = [dict(zip(columns, row, strict=True)) for row in rows]
        document = {"title": title, "python": platform.python_version(), "rows": figures}
        file.write_text(json.dumps(document, indent=2) + "\n")


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:,.2f}" if abs(cell) < 100 else f"{cell:,.0f}"
    if cell is None:
        return ""
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
