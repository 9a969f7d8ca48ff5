"""Makes `.venv` beside manage.py, installs the locked packages, and runs the command there.

Standard library only, since it runs before anything is installed. One file in `.venv` is both
the lock between two first runs and the stamp that tells what is installed: it says `unfinished`
while a run works on it, so that one which was cut off is never taken for whole.

CELERIAC_NO_VENV=1 uses the running interpreter's own packages instead, as an image does.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

from config.embedded.process import GuardedProcess
from jobs.errors import CeleriacError

ROOT = Path(__file__).resolve().parent.parent
UNFINISHED = "unfinished"
INSTALL = ("-m", "pip", "install", "--require-hashes", "--no-input", "--disable-pip-version-check")


class VenvMissing(CeleriacError):
    """This Python {version} came without venv, into which Celeriac installs its packages. On
    Debian or Ubuntu run: apt install python{version}-venv. Elsewhere, install Python's modules
    venv and ensurepip.
    """


class StepFailed(CeleriacError):
    """{step}: failed with exit code {code}."""


def ensure_environment(argv: Sequence[str], root: Path = ROOT) -> None:
    """Returns inside an environment that has what `requirements.txt` locks.

    Does not return where that is another interpreter: this process then becomes that one.
    """
    if os.environ.get("CELERIAC_NO_VENV"):
        return
    venv = root / ".venv"
    try:
        _ensure_installed(venv, root / "requirements.txt")
    except CeleriacError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"Can't make {venv}: {error}.")
    except KeyboardInterrupt:
        sys.exit(130)
    if Path(sys.prefix).resolve() != venv.resolve():
        _become(_python(venv), argv)


def _ensure_installed(venv: Path, requirements: Path) -> None:
    wanted = _fingerprint(requirements)
    stamp = venv / "celeriac.stamp"
    if stamp.exists() and stamp.read_text() == wanted and _python(venv).exists():
        return
    venv.mkdir(exist_ok=True)
    with _locked(stamp) as file:
        # Another run may have done the work while this one waited for the lock.
        found = file.read()
        if found == wanted and _python(venv).exists():
            return
        _write(file, UNFINISHED)
        if found == UNFINISHED:
            _empty(venv, keep=stamp)
        if not _python(venv).exists():
            _make(venv)
        _install(venv, requirements)
        _write(file, wanted)


def _fingerprint(requirements: Path) -> str:
    """Names the lock and the interpreter: another of either needs another installation."""
    text = requirements.read_bytes() + repr(sys.version_info[:2]).encode()
    return hashlib.sha256(text).hexdigest()


@contextmanager
def _locked(stamp: Path) -> Iterator[IO[str]]:
    import fcntl

    with stamp.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another run is installing; waiting for it …")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file


def _write(file: IO[str], text: str) -> None:
    file.truncate(0)
    file.write(text)
    file.flush()


def _empty(venv: Path, *, keep: Path) -> None:
    for path in venv.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != keep:
            path.unlink()


def _make(venv: Path) -> None:
    """Creates the environment; says which package to install where Python came without venv."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        version = "{}.{}".format(*sys.version_info)
        raise VenvMissing(version=version)
    # Never by an interpreter inside the environment that is being made anew.
    python = getattr(sys, "_base_executable", sys.executable)
    _run("Making .venv", [python, "-m", "venv", str(venv)])


def _install(venv: Path, requirements: Path) -> None:
    what = f"Installing the packages of {requirements.name} (once; a minute or two)"
    _run(what, [str(_python(venv)), *INSTALL, "-r", str(requirements)])


def _run(what: str, command: list[str]) -> None:
    """Runs a step; shows the end of its output only where it fails."""
    _say(f"{what} …")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        process = GuardedProcess(command, log=log)
        try:
            code = process.wait()
        finally:
            process.kill()
        if code:
            _say("\n".join(log.read_text(errors="replace").splitlines()[-20:]))
            raise StepFailed(step=what, code=code)
    _say(f"  done in {time.monotonic() - started:.0f} s")


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _become(python: Path, argv: Sequence[str]) -> NoReturn:
    sys.stdout.flush()
    os.execv(python, [str(python), *argv])


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
