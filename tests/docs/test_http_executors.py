"""The commands and the executor in docs/http-executors.md work as they stand there."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from executors.members import signing
from tests.support.platform import Platform
from tests.support.ports import own_port
from tests.support.variables import ROOT

PAGE = (ROOT / "docs/http-executors.md").read_text()
COMMANDS: list[str] = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
[EXECUTOR] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


class Shell:
    """Runs the page's commands against a Celeriac and an executor on other ports than theirs."""

    def __init__(self, platform: Platform, web: str, executor_port: int) -> None:
        self._web = web
        self._port = executor_port
        self.variables: dict[str, str] = {}
        for name, role in {
            "TOKEN": ["--role", "executor", "--group", "sample-executor"],
            "OPERATOR": ["--role", "operator", "--name", "me"],
        }.items():
            self.variables[name] = platform.manage("token", *role).strip()

    def run(self, containing: str) -> dict[str, Any]:
        """What the one command of the page with that text in it was answered."""
        [command] = [one for one in COMMANDS if containing in one]
        command = command.replace("http://localhost:8080", self._web)
        command = command.replace("localhost:9090", f"localhost:{self._port}")
        done = subprocess.run(
            ["bash", "-c", command.replace("curl ", "curl --silent --show-error ")],
            env=self.variables | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def shell(
    make_platform: Callable[..., AbstractContextManager[Platform]],
) -> Iterator[tuple[Platform, Shell]]:
    web_port, executor_port = own_port(), own_port()
    with make_platform(
        EXECUTOR_ADDRESSES="loopback", CALLBACK_BASE_URL=f"http://127.0.0.1:{web_port}"
    ) as platform:
        web = platform.web(web_port)
        platform.dispatcher()
        # The executor of the page is told once of each execution, however slow the machine.
        platform.gateway(HAND_OVER_SECONDS="60")
        platform.beat()
        program = f"{EXECUTOR}\n\nserve({executor_port})\n"
        platform.process("executor", sys.executable, "-c", textwrap.dedent(program))
        # Else it might be called, or its health checked, before it is there.
        platform.wait_until(lambda: listens(executor_port), what="the executor listens")
        yield platform, Shell(platform, web, executor_port)
        platform.check_invariants()


def test_the_commands_in_their_order(shell: tuple[Platform, Shell]):
    platform, page = shell
    task = page.run("/api/v1/tasks \\")
    assert (task["type"], task["load_balance_strategy"]) == ("external", "round_robin")
    made = page.run("/executors/register")
    assert (made["name"], made["instance_id"], made["warnings"]) == (
        "sample-executor", "executor-001", [],
    )  # fmt: skip
    page.variables["ID"] = made["id"]

    completed = "SELECT * FROM jobs_job WHERE task_id = %s AND status = 'completed'"
    platform.wait_until(
        lambda: platform.database.query(completed, [task["id"]]),
        what="a tick of test_task was run by the executor of the page",
    )
    job = platform.database.query(completed, [task["id"]])[0]
    assert job["result"] == {"attempt": 1}
    assert job["executor"] == "sample-executor:executor-001"
    log = "SELECT text FROM executors_logline WHERE job_id = %s"
    assert [line["text"] for line in platform.database.query(log, [job["id"]])] == ["half-way"]
    platform.retire("beat")

    linked = page.run("-X PUT")["executors"]
    assert [(one["executor"], one["priority"], one["weight"]) for one in linked] == [
        ("sample-executor:executor-001", 1, 2)
    ]
    direct = page.run('"requires"')["id"]
    platform.wait_final(direct)
    [row] = platform.database.query("SELECT * FROM jobs_job WHERE id = %s", [direct])
    assert (row["status"], row["result"]) == ("completed", {"attempt": 1})

    active = "SELECT id FROM jobs_job WHERE is_active"
    platform.wait_until(lambda: not platform.database.query(active), what="all jobs have ended")
    page.variables |= report_of(platform, direct)
    assert page.run("$CALLBACK_URL") == {"accepted": False}
    assert page.run("/heartbeat")["status"] == "online"
    assert page.run("/status")["status"] == "draining"


def report_of(platform: Platform, job_id: str) -> dict[str, str]:
    """Where the execution of a job is reported, and its token, as the executor was told."""
    execution = "SELECT id FROM executors_execution WHERE job_id = %s"
    [row] = platform.database.query(execution, [job_id])
    show = "from django.conf import settings; print(settings.SECRET_KEY)"
    key = platform.manage("shell", "-c", show).splitlines()[-1]
    url = f"{platform.environment['CALLBACK_BASE_URL']}/api/v1/executions/{row['id']}/callback"
    token = signing.token_of(key, str(row["id"]))
    return {"CALLBACK_URL": url, "EXECUTION_TOKEN": token}


def test_openssl_makes_our_signature(shell: tuple[Platform, Shell]):
    [command] = [one for one in COMMANDS if "openssl" in one]
    variables = {"TIMESTAMP": "1700000000", "BODY": '{"a": 1}', "SECRET": "s3cret"}
    done = subprocess.run(
        ["bash", "-c", command], env=variables | {"PATH": "/usr/bin:/bin"}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split()[-1] == signing.sign("s3cret", 1700000000, b'{"a": 1}')
