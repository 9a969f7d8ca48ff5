"""Imports all of the project as its processes do, and says in a line what can't be imported.

`python -m config.processes.trial`, by `demo` and `up`, before many processes fail of the same.
"""

from __future__ import annotations

import sys
import sysconfig
import traceback
from pathlib import Path

from config.environment import BASE_DIR

OTHERS = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib"))
"""Where modules lie that a person at this project did not write."""


def main() -> None:
    """Ends with 1 and one line on standard output if an import fails; the traceback precedes it."""
    try:
        import django

        from config.celery import app

        django.setup()
        app.loader.import_default_modules()
    except Exception as error:
        traceback.print_exc(file=sys.stdout)
        print(in_a_line(error), flush=True)
        sys.exit(1)


def in_a_line(error: BaseException) -> str:
    """`shop/job_types.py:3: ModuleNotFoundError: No module named 'gone'`."""
    said = " ".join(traceback.format_exception_only(error)[-1].split())
    return f"{place_of(error)}: {said}"


def place_of(error: BaseException) -> str:
    """The file, relative where it is in this project, and the line that a person would look at."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    # The module that was being imported last, not what that called.
    modules = [its for its in frames if its.name == "<module>" and not _is_others(its.filename)]
    at = modules[-1] if modules else frames[-1]
    return f"{_shown(at.filename)}:{at.lineno}"


def _is_others(filename: str) -> bool:
    return filename == __file__ or filename.startswith(("<", *OTHERS))


def _shown(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(BASE_DIR)) if path.is_relative_to(BASE_DIR) else filename


if __name__ == "__main__":
    main()
