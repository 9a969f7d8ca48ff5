"""A project that can't be imported is told of once, by the line that a person would look at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.processes.preparation import CannotBeImported, ensure_imports

Project = Callable[[str], dict[str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The environment of processes with an app whose `job_types.py` says this."""

    def make(text: str) -> dict[str, str]:
        app = tmp_path / "the_shop"
        app.mkdir()
        (app / "__init__.py").touch()
        (app / "job_types.py").write_text(text)
        return os.environ | {
            "PYTHONPATH": str(tmp_path),
            "CELERIAC_APPS": "the_shop",
            "CELERIAC_NO_DATABASE": "1",
        }

    return make


def test_what_can_be_imported_is_not_spoken_of(project: Project, tmp_path: Path) -> None:
    ensure_imports(project("import json\n"), tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("import json\n\nimport gone_for_good\n", 3, "ModuleNotFoundError: No module named"),
        ("def broken(:\n", 1, "SyntaxError: "),
        ("from jobs.types import job_type\n\njob_type('Wrong Name')(print)\n", 3, "ValueError: "),
        ("raise RuntimeError('two\\nlines')\n", 1, "RuntimeError: two lines"),
    ],
)
def test_the_line_at_fault_and_the_error_are_named(
    project: Project, tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(CannotBeImported) as refused:
        ensure_imports(project(text), tmp_path)
    place = tmp_path / "the_shop" / "job_types.py"
    assert f"{place}:{line}: {said}" in str(refused.value)
    assert "Traceback" in (tmp_path / "imports.log").read_text()
