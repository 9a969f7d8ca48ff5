"""manage.py makes its own environment: from nothing, after a crash, and for two at once.

Each test is a bare copy of what runs before Django, whose `requirements.txt` locks a package
made here: a `django` that only tells where it was installed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.embedded.families import assert_all_end, family
from tests.support.local_server import Exchange, LocalServer
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
BEFORE_DJANGO = (
    "manage.py", "config/__init__.py", "config/bootstrap.py", "config/embedded",
    "jobs/__init__.py", "jobs/errors.py",
)  # fmt: skip
MANAGEMENT = """
import json, sys
def execute_from_command_line(argv):
    print(json.dumps({"prefix": sys.prefix, "argv": argv[1:], "version": VERSION}))
"""


def make_wheel(folder: Path, version: str) -> str:
    """Writes a `django` wheel; returns the line that locks it."""
    path = folder / f"django-{version}-py3-none-any.whl"
    info = f"django-{version}.dist-info"
    files = {
        "django/core/management.py": f"VERSION = {version!r}\n{MANAGEMENT}",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: django\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return locked(path.as_uri(), hashlib.sha256(path.read_bytes()).hexdigest())


def wheel_of(project: Path) -> tuple[Path, str]:
    """The wheel that the project locks, and its digest."""
    _, _, url, digest = (project / "requirements.txt").read_text().split()
    return Path(urlsplit(url).path), digest.removeprefix("--hash=sha256:")


def locked(url: str, digest: str) -> str:
    return f"django @ {url} --hash=sha256:{digest}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    for name in BEFORE_DJANGO:
        source, target = ROOT / name, project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (project / "requirements.txt").write_text(make_wheel(tmp_path, "1"))
    return project


def start(project: Path, *prefix: str) -> subprocess.Popen[str]:
    command = [sys.executable, *prefix] if prefix else [sys.executable, "manage.py", "hello"]
    environment = {name: value for name, value in os.environ.items() if name != "CELERIAC_NO_VENV"}
    return subprocess.Popen(
        command, cwd=project, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def installed_version(project: Path, result: tuple[int, str, str]) -> str:
    code, out, err = result
    assert code == 0, err
    told = json.loads(out)
    assert told["prefix"] == str(project / ".venv")
    assert told["argv"] == ["hello"]
    return str(told["version"])


def test_two_first_runs_at_once_then_a_quick_one_then_a_changed_lock(project: Path) -> None:
    path, digest = wheel_of(project)
    second_waits = threading.Event()

    async def behaviour(it: Exchange) -> None:
        while not second_waits.is_set():
            await asyncio.sleep(0.01)
        await it.answer(200, path.read_bytes())

    with LocalServer(behaviour) as server:
        (project / "requirements.txt").write_text(locked(f"{server.url}/{path.name}", digest))
        first = start(project)
        wait_until(lambda: server.exchanges, limit=300, what="pip has come to the package")
        second = start(project)
        assert second.stderr is not None
        assert "Another run is installing" in second.stderr.readline()
        second_waits.set()
        results = finish(first), finish(second)
    assert [installed_version(project, result) for result in results] == ["1", "1"]
    assert [result[2].count("Making .venv") for result in results] == [1, 0]

    assert finish(start(project))[2] == ""

    (project / "requirements.txt").write_text(make_wheel(project.parent, "2"))
    assert installed_version(project, finish(start(project))) == "2"


def test_a_run_that_was_killed_leaves_no_process_and_no_half_made_environment(
    project: Path,
) -> None:
    good = (project / "requirements.txt").read_text()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/django-1-py3-none-any.whl"
        (project / "requirements.txt").write_text(locked(url, "0" * 64))
        run = start(project)
        # pip has come to the package that never arrives.
        silent.settimeout(300)
        connection, _ = silent.accept()
        everyone = family(run.pid)
        run.kill()
        finish(run)
        assert_all_end(everyone)
        connection.close()
    left_behind = project / ".venv" / "half-made"
    left_behind.touch()

    (project / "requirements.txt").write_text(good)
    assert installed_version(project, finish(start(project))) == "1"
    assert not left_behind.exists()


def test_a_package_that_is_not_the_locked_one_is_refused_with_pips_reason(project: Path) -> None:
    wheel = (project / "requirements.txt").read_text().split()[2]
    (project / "requirements.txt").write_text(locked(wheel, "0" * 64))
    code, _, err = finish(start(project))
    assert code == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in err
    assert "failed with exit code 1" in err
    assert not list((project / ".venv").glob("lib/*/site-packages/django"))


def test_an_old_python_is_refused_by_a_sentence(project: Path) -> None:
    program = "import sys; sys.version_info = (3, 10, 13); import manage; manage.main()"
    assert finish(start(project, "-c", program)) == (
        1, "", "Celeriac needs Python 3.11 or newer; this is Python 3.10.\n"
    )  # fmt: skip


def test_a_python_without_ensurepip_names_the_package_to_install(project: Path) -> None:
    program = "import sys; sys.modules['ensurepip'] = None; import manage; manage.main()"
    code, _, err = finish(start(project, "-c", program))
    assert code == 1
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in err


def test_an_interpreter_that_has_the_packages_can_be_told_to_be_used(project: Path) -> None:
    program = (
        "import os, sys; os.environ['CELERIAC_NO_VENV'] = '1'; import config.bootstrap as b;"
        "b.ensure_environment(sys.argv); print('as it is')"
    )
    assert finish(start(project, "-c", program)) == (0, "as it is\n", "")
    assert not (project / ".venv").exists()
