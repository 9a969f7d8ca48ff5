"""The embedded Valkey: keeps what it was given, or loses it when a test says so."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from config.embedded.valkey import EmbeddedValkey
from tests.support.waiting import wait_until


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path / "valkey") as server:
        yield server


def set_key(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set("key", "value")


def get_key(url: str) -> object:
    with redis.Redis.from_url(url) as client:
        return client.get("key")


def test_data_survive_a_restart_on_the_same_port(valkey: EmbeddedValkey) -> None:
    url = valkey.url
    set_key(url)
    assert valkey.restart() == url
    assert get_key(url) == b"value"


def test_data_can_be_lost(valkey: EmbeddedValkey) -> None:
    set_key(valkey.url)
    valkey.kill()
    valkey.wipe()
    assert get_key(valkey.start()) is None


def test_one_that_is_not_durable_keeps_nothing(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey", durable=False) as server:
        set_key(server.url)
        assert get_key(server.restart()) is None


def test_it_never_drops_keys_by_itself(valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}


def test_a_password_is_needed_and_no_command_line_shows_it(valkey: EmbeddedValkey) -> None:
    password = valkey.url.split(":")[2].split("@")[0]
    assert len(password) >= 32
    with (
        redis.Redis(port=valkey.port) as client,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        client.ping()
    server = psutil.Process(valkey.pid)
    for process in (server, server.parent()):
        assert password not in " ".join(process.cmdline())
    assert password not in server.environ().values()


def test_a_killed_server_is_noticed(valkey: EmbeddedValkey) -> None:
    os.kill(valkey.pid, signal.SIGKILL)
    wait_until(lambda: not valkey.is_running())
