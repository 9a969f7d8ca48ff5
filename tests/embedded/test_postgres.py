"""The embedded Postgres: keeps what it was given, through every way to end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest

from config.embedded.identity import Identity
from config.embedded.ports import HOST
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.server import ServerFailed
from tests.embedded.families import assert_all_end, command_line, family

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def ask(url: str, statement: str) -> str:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0]) if cursor.description else ""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster that is made once and copied for each test."""
    directory = tmp_path_factory.mktemp("made")
    with EmbeddedPostgres(directory, durable=False):
        pass
    return directory


@pytest.fixture
def postgres(made: Path, tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    shutil.copytree(made, tmp_path / "postgres")
    with EmbeddedPostgres(tmp_path / "postgres", durable=True) as server:
        yield server


def test_data_written_survive_a_stop_a_crash_and_a_kill(postgres: EmbeddedPostgres) -> None:
    url = postgres.url
    ask(url, "CREATE TABLE notes (text text)")
    for index, restart in enumerate(
        (
            postgres.restart,
            lambda: postgres.restart("immediate"),
            lambda: (postgres.kill(), postgres.start())[1],
        )
    ):
        ask(url, f"INSERT INTO notes VALUES ('{index}')")
        assert restart() == url
    assert ask(url, "SELECT string_agg(text, '' ORDER BY text) FROM notes") == "012"


def test_the_defaults_are_durable_and_loopback_only(postgres: EmbeddedPostgres) -> None:
    show = {
        name: ask(postgres.url, f"SHOW {name}")
        for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses",
                     "unix_socket_directories", "server_encoding", "TimeZone")
    }  # fmt: skip
    assert show == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": HOST,
        "unix_socket_directories": "",
        "server_encoding": "UTF8",
        "TimeZone": "Etc/UTC",
    }
    assert int(ask(postgres.url, "SHOW max_connections")) >= 100


def test_a_password_is_needed(postgres: EmbeddedPostgres) -> None:
    password = postgres.url.split(":")[2].split("@")[0]
    assert len(password) >= 32
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(postgres.url.replace(password, "guess"), "SELECT 1")


def test_settings_and_databases_can_be_added(postgres: EmbeddedPostgres) -> None:
    url = postgres.create_database('an "odd" name')
    assert postgres.create_database('an "odd" name') == url
    assert "odd" in ask(postgres.url, "SELECT max(datname) FROM pg_database WHERE datname ~ 'odd'")


def test_a_settings_mapping_wins(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "postgres")
    with EmbeddedPostgres(tmp_path / "postgres", settings={"work_mem": "5MB"}) as server:
        assert ask(server.url, "SHOW work_mem") == "5MB"


def test_a_server_that_cannot_start_says_why(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "postgres")
    server = EmbeddedPostgres(tmp_path / "postgres", settings={"shared_buffers": "many"})
    with pytest.raises(ServerFailed, match='invalid value for parameter "shared_buffers"'):
        server.start()
    assert not server.is_running()


def test_a_stale_lock_file_of_a_recycled_process_id_is_no_obstacle(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    lock = tmp_path / "postgres" / "cluster" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    postgres.stop()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    postgres.start()
    assert ask(postgres.url, "SELECT 1") == "1"


def test_a_cluster_whose_making_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "unfinished" / "base").mkdir(parents=True)
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert ask(server.url, "SELECT 1") == "1"


def test_nothing_outlives_a_killed_owner_and_the_next_start_waits_for_the_end(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path / "postgres")
    program = (
        "import pathlib, threading\n"
        "from config.embedded.postgres import EmbeddedPostgres\n"
        f"server = EmbeddedPostgres(pathlib.Path({str(tmp_path / 'postgres')!r}))\n"
        "print(server.start(), flush=True)\n"
        "threading.Event().wait()\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().decode().strip()
        connection = psycopg2.connect(url)
        ask(url, "CREATE TABLE kept ()")
        everyone = family(owner.pid)
        assert any("postgres: celeriac" in command_line(each) for each in everyone)
        owner.kill()
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        assert ask(server.url, "SELECT count(*) FROM kept") == "0"
    assert_all_end(everyone)
    connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of a parent's death")
def test_a_server_whose_guardian_was_killed_ends(postgres: EmbeddedPostgres) -> None:
    server = psutil.Process(postgres.pid)
    everyone = [server, *family(server.pid)]
    server.parent().send_signal(signal.SIGKILL)
    assert_all_end(everyone)
    assert not postgres.is_running()


@as_root
def test_root_without_user_namespaces_runs_it_as_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        data_dir = Path(directory, "postgres")
        identity = Identity(user=(nobody.pw_uid, nobody.pw_gid))
        with EmbeddedPostgres(data_dir, durable=False, identity=identity) as server:
            assert psutil.Process(server.pid).uids().effective == nobody.pw_uid
            assert ask(server.url, "SELECT 1") == "1"
        # The same data go on when namespaces are to be had later.
        with EmbeddedPostgres(data_dir, durable=False) as server:
            assert ask(server.url, "SELECT 1") == "1"
