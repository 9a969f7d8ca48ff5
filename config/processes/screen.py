"""What a person sees while Celeriac starts: numbered steps with their times."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from rich.console import Console
from rich.markup import escape


class Screen:
    """Writes numbered steps; on a terminal in colour, elsewhere as plain lines."""

    def __init__(self) -> None:
        # What a terminal can't show must not end the platform.
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        self.console = Console(highlight=False, soft_wrap=True)
        self._steps = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Shows a step while it goes on, and how long it took when it has ended."""
        self._steps += 1
        step = Step()
        started = time.monotonic()
        with self.console.status(f"{self._steps:2d}  {title} …"):
            try:
                yield step
            except BaseException:
                step.ok = False
                raise
            finally:
                mark = "[green]ok[/]    " if step.ok else "[bold red]not ok[/]"
                took = f"{time.monotonic() - started:7.2f} s"
                details = f"  [dim]{escape(step.details)}[/]" if step.details else ""
                self.console.print(f"{self._steps:2d}  {mark}  {took}  {title}{details}")

    def say(self, text: str = "") -> None:
        """Writes a line as it is."""
        self.console.print(text, markup=False)

    def report(self, text: str) -> None:
        """Writes a line that should be noticed; from any thread."""
        self.console.print(f"    ! {text}", style="yellow", markup=False)


class Step:
    """What a step that goes on may still say about itself."""

    def __init__(self) -> None:
        self.ok = True
        self.details = ""
