"""A wall clock that a test can set, for one real process: a library that it preloads."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("clock_shift.c")

has_compiler = shutil.which("cc") is not None
"""Whether there is a compiler to make the library with."""


class ShiftedClock:
    """`environment` is what a process needs to have it."""

    def __init__(self, directory: Path) -> None:
        library = directory / "clock_shift.so"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True, cwd=directory
        )
        self._file = directory / "clock_shift"
        self.set(0)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT_FILE": str(self._file)}

    def set(self, seconds: int) -> None:
        """Steps the clock to so many seconds from the true time."""
        mode = "r+b" if self._file.exists() else "wb"
        with self._file.open(mode) as file:
            file.write(struct.pack("l", seconds))
