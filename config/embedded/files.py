"""Files that hold secrets, and the lock on a data directory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobs.errors import CeleriacError


class DataDirectoryInUse(CeleriacError):
    """Another `manage.py {command}` (process {pid}) uses {directory}; stop it first, or name
    another directory in CELERIAC_DATA_DIR."""

    code = "data_directory_in_use"


def write_secret(path: Path, values: Mapping[str, object]) -> None:
    """Writes JSON that only its owner can read; readers see the old file or the new one whole."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=2)
    unfinished.replace(path)


@contextmanager
def exclusive(directory: Path, command: str) -> Iterator[None]:
    """Holds a data directory for one `demo` or `up`; the kernel frees it however that ends.

    Raises DataDirectoryInUse.
    """
    import fcntl

    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other, pid = (*file.read().split(), "?", "?")[:2]
            raise DataDirectoryInUse(command=other, pid=pid, directory=directory) from None
        file.truncate(0)
        file.write(f"{command} {os.getpid()}")
        file.flush()
        yield
