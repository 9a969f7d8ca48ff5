"""Both servers of a data directory, and the file by which others find them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded.files import DataDirectoryInUse, exclusive, write_secret
from config.embedded.servers import EmbeddedServers, environment
from config.environment import find_services

ROOT = Path(__file__).resolve().parents[2]


def test_another_process_finds_running_servers_and_none_after_their_stop(tmp_path: Path) -> None:
    file = tmp_path / "services.json"
    with EmbeddedServers(tmp_path, durable=False) as servers:
        assert find_services({"CELERIAC_DATA_DIR": str(tmp_path)}) == servers.services
        assert json.loads(file.read_text())["pid"] == os.getpid()
        assert file.stat().st_mode & 0o777 == 0o600
        told = environment(servers.services, tmp_path)
        assert find_services(told) == servers.services
    assert not file.exists()
    assert find_services({"CELERIAC_DATA_DIR": str(tmp_path)}).database_url == ""


def test_the_file_of_a_killed_owner_is_ignored_and_overwritten(tmp_path: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, check=True).stdout  # fmt: skip
    stale = {"database_url": "postgres://gone", "broker_url": "redis://gone", "redis_url": ""}
    write_secret(tmp_path / "services.json", stale | {"pid": int(dead)})
    assert find_services({"CELERIAC_DATA_DIR": str(tmp_path)}).database_url == ""
    with EmbeddedServers(tmp_path, durable=False) as servers:
        assert find_services({"CELERIAC_DATA_DIR": str(tmp_path)}) == servers.services


def test_a_start_that_fails_stops_what_it_has_started(tmp_path: Path) -> None:
    servers = EmbeddedServers(tmp_path, durable=False)
    (tmp_path / "valkey").write_text("a file where a directory should be")
    with pytest.raises(FileExistsError):
        servers.__enter__()
    assert not servers.postgres.is_running()
    assert not (tmp_path / "services.json").exists()


def test_one_command_at_a_time_uses_a_data_directory(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from config.embedded.files import exclusive\n"
        f"with exclusive(Path({str(tmp_path)!r}), 'demo'): print('mine', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == b"mine\n"
        with (
            pytest.raises(DataDirectoryInUse, match=rf"demo` \(process {other.pid}\)"),
            exclusive(tmp_path, "up"),
        ):
            pass
        other.kill()
    with exclusive(tmp_path, "up"):
        pass
