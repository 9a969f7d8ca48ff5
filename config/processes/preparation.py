"""Before anything starts: the project can be imported, and its database is migrated and has an
account for the person here.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from config.embedded.files import write_secret
from config.embedded.process import GuardedProcess
from config.embedded.server import last_lines, log_size
from config.environment import BASE_DIR
from config.processes.catalogue import Addresses
from config.xxl_token import ensure_token
from jobs.errors import CeleriacError

# Seconds after which an unchanged database is looked at all the same: tokens expire.
LOOK_AGAIN = 24 * 3600.0


class PreparationFailed(CeleriacError):
    """The database could not be prepared: {reason}"""

    code = "preparation_failed"


class CannotBeImported(CeleriacError):
    """A module of this project can't be imported, so nothing was started:
    {error}
    The whole traceback is in {log}.
    """

    code = "cannot_be_imported"


def ensure_imports(environment: Mapping[str, str], logs: Path) -> None:
    """Imports what every process will. Raises CannotBeImported."""
    log = logs / "imports.log"
    offset = log_size(log)
    if _ended_with([sys.executable, "-m", "config.processes.trial"], environment, log):
        raise CannotBeImported(error=last_lines(log, offset, 1), log=log)


def migrate(environment: Mapping[str, str], logs: Path) -> None:
    """Migrates a database that runs elsewhere. Raises PreparationFailed."""
    _run(["prepare"], environment, logs)


def prepare_embedded(
    directory: Path, addresses: Addresses, environment: Mapping[str, str]
) -> Mapping[str, str]:
    """Migrates the embedded database and makes an account; returns credentials.json's values.

    `environment` is that of the processes: it may name the token of XXL-JOB's executors.
    Both take seconds even where nothing is to be done, so a stamp beside the data remembers
    that they were done for the migrations there are. Raises PreparationFailed.
    """
    stamp = directory / "postgres" / "prepared"
    path = directory / "credentials.json"
    fingerprint = fingerprint_of(BASE_DIR)
    if not (path.exists() and is_fresh(stamp, fingerprint, time.time())):
        stamp.unlink(missing_ok=True)
        _run(["prepare", f"--credentials={path}"], environment, directory / "logs")
        stamp.write_text(fingerprint)
    known = {
        "url": addresses.url,
        "flower_url": addresses.flower_url,
        "xxl_token": ensure_token(directory, environment),
    }
    credentials = json.loads(path.read_text()) | known
    write_secret(path, credentials)
    return dict(credentials)


def fingerprint_of(root: Path) -> str:
    """Names a set of migrations: our own, and by the lock those of installed packages."""
    digest = hashlib.sha256((root / "requirements.txt").read_bytes())
    for path in sorted(root.glob("*/migrations/*.py")):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


def is_fresh(stamp: Path, fingerprint: str, now: float) -> bool:
    """Whether a stamp says that these migrations were applied, and lately."""
    if not stamp.exists():
        return False
    return stamp.read_text() == fingerprint and now - stamp.stat().st_mtime < LOOK_AGAIN


def _run(arguments: list[str], environment: Mapping[str, str], logs: Path) -> None:
    log = logs / "prepare.log"
    offset = log_size(log)
    if _ended_with([sys.executable, "manage.py", *arguments], environment, log):
        raise PreparationFailed(reason=last_lines(log, offset))


def _ended_with(command: list[str], environment: Mapping[str, str], log: Path) -> int:
    process = GuardedProcess(command, env=environment, cwd=BASE_DIR, log=log)
    try:
        return process.wait()
    finally:
        process.kill()
