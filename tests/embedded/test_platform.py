"""One command brings everything up, for real use and as the demo, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import requests

from config.demo.show import show
from config.embedded.ports import HOST
from config.embedded.servers import EmbeddedServers
from config.processes.catalogue import Addresses
from config.processes.platform import Running
from config.processes.screen import Screen
from tests.embedded.families import assert_all_end, command_line, family
from tests.support.ports import own_port
from tests.support.waiting import LIMIT, wait_until

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "BROKER_URL", "REDIS_URL")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """As in a person's terminal: nothing but a data directory of its own, and a port."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return kept | {"CELERIAC_DATA_DIR": str(tmp_path / "data"), "API_PORT": str(own_port())}


class Terminal:
    """A command on a terminal of its own, and what it has written so far."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        os.set_blocking(self._master, False)
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(slave)
        self.written = ""

    def says(self, text: str) -> bool:
        """Whether it has written this by now."""
        try:
            while block := os.read(self._master, 65536):
                self.written += block.decode(errors="replace")
        except OSError:
            pass
        return text in self.written

    def wait_for(self, text: str) -> None:
        """Waits until it has written this; fails if it ends before."""
        wait_until(
            lambda: self.says(text) or self.process.poll() is not None, limit=2 * LIMIT, what=text
        )
        assert self.says(text), self.written

    def press_ctrl_c(self) -> None:
        os.write(self._master, b"\x03")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminals(environment: dict[str, str]) -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def open_terminal(
    terminals: list[Terminal], environment: dict[str, str], *command: str
) -> Terminal:
    terminals.append(Terminal(command, environment))
    return terminals[-1]


def credentials(environment: dict[str, str]) -> dict[str, str]:
    file = Path(environment["CELERIAC_DATA_DIR"], "credentials.json")
    assert file.stat().st_mode & 0o777 == 0o600
    return dict(json.loads(file.read_text()))


def get(login: dict[str, str], path: str) -> requests.Response:
    headers = {"Authorization": f"Token {login['token']}"}
    return requests.get(login["url"] + path, headers=headers, timeout=60)


def test_the_demo_runs_its_jobs_serves_until_ctrl_c_and_leaves_no_process(
    environment: dict[str, str], terminals: list[Terminal]
) -> None:
    port = int(environment["API_PORT"])
    with socket.create_server((HOST, port)):
        demo = open_terminal(terminals, environment, sys.executable, "manage.py", "demo")
        demo.wait_for("Serving until Ctrl-C.")
    assert f"port {port} is taken; web listens on" in demo.written
    assert "Every job did what it should." in demo.written
    assert "not ok" not in demo.written
    login = credentials(environment)
    assert str(port) not in login["url"]
    assert login["password"] in demo.written
    assert get(login, "/api/v1/jobs").status_code == 200
    flower = requests.get(login["flower_url"], timeout=60)
    assert flower.status_code == 401
    flower = requests.get(login["flower_url"], timeout=60,
                          auth=(login["username"], login["password"]))  # fmt: skip
    assert flower.status_code == 200
    everyone = family(demo.process.pid)
    assert len(everyone) > 25
    for each in everyone:
        assert login["password"] not in command_line(each)

    demo.press_ctrl_c()
    assert demo.process.wait(LIMIT) == 0, demo.written
    assert_all_end(everyone)
    assert not Path(environment["CELERIAC_DATA_DIR"], "services.json").exists()


def test_up_takes_in_a_worker_from_another_terminal_and_a_kill_leaves_no_process(
    environment: dict[str, str],
    terminals: list[Terminal],
    capsys: pytest.CaptureFixture[str],
) -> None:
    up = open_terminal(terminals, environment, sys.executable, "manage.py", "up")
    up.wait_for("Celeriac is up at")
    login = credentials(environment)
    # The types that fail on purpose and the sample executor are the demo's alone, so that here
    # what needs them goes wrong.
    data_dir = Path(environment["CELERIAC_DATA_DIR"])
    addresses = Addresses(HOST, int(environment["API_PORT"]), 0)
    running = Running(addresses, login, "", data_dir / "logs")
    assert not show(running, data_dir / "demo", Screen())
    shown = capsys.readouterr().out
    assert shown.count("not ok") == 3
    assert "The end of" in shown
    assert "web.log" in shown

    second = open_terminal(terminals, environment, sys.executable, "manage.py", "up")
    assert second.process.wait(LIMIT) == 1
    assert second.says(f"up` (process {up.process.pid}) uses")

    worker = open_terminal(
        terminals, environment, sys.executable, "-m", "celery", "-A", "config", "worker",
        "-n", "w3", "-c", "8",
    )  # fmt: skip
    wait_until(lambda: slots(login) == {"w1": 4, "w2": 4, "w3": 8}, what="it has joined")
    worker.process.terminate()
    worker.process.wait(LIMIT)

    web = next(each for each in family(up.process.pid) if "uvicorn" in command_line(each))
    web.kill()
    up.wait_for("web ended by itself (exit code 137); starts again now")

    everyone = family(up.process.pid)
    up.process.kill()
    up.process.wait()
    assert_all_end(everyone)

    again = open_terminal(terminals, environment, sys.executable, "manage.py", "up")
    again.wait_for("Celeriac is up at")
    # Flower has another port where somebody else on the machine took its own meanwhile.
    assert credentials(environment) | {"flower_url": login["flower_url"]} == login
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(LIMIT) == 0


def slots(login: dict[str, str]) -> dict[str, int]:
    """The slots of every executor that is online."""
    found = get(login, "/api/v1/executors").json()["results"]
    return {each["name"]: each["slots"] for each in found if each["status"] == "online"}


def test_up_on_servers_that_run_elsewhere_embeds_none_and_makes_no_account(
    environment: dict[str, str], terminals: list[Terminal], tmp_path: Path
) -> None:
    with EmbeddedServers(tmp_path / "elsewhere", durable=False) as servers:
        environment |= {"DATABASE_URL": servers.services.database_url}
        environment |= {"BROKER_URL": servers.services.broker_url}
        up = open_terminal(terminals, environment, sys.executable, "manage.py", "up")
        up.wait_for("Celeriac is up at")
        running = [command_line(each) for each in family(up.process.pid)]
        assert any("uvicorn" in command for command in running)
        assert not any("postgres" in command or "valkey" in command for command in running)
        assert not Path(environment["CELERIAC_DATA_DIR"], "credentials.json").exists()
        url = f"http://{HOST}:{environment['API_PORT']}"
        assert requests.get(f"{url}/readyz", timeout=60).status_code == 200
        told = re.search(r"Flower: (\S+) \(login (\w+):(\S+)\)", up.written)
        assert told is not None
        assert requests.get(told[1], timeout=60).status_code == 401
        assert requests.get(told[1], timeout=60, auth=(told[2], told[3])).status_code == 200
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(LIMIT) == 0, up.written


def test_up_with_one_of_two_servers_named_says_which_is_missing(
    environment: dict[str, str], terminals: list[Terminal]
) -> None:
    environment["DATABASE_URL"] = "postgres://nowhere/celeriac"
    up = open_terminal(terminals, environment, sys.executable, "manage.py", "up")
    assert up.process.wait(LIMIT) == 1
    assert up.says("Set BROKER_URL too")
