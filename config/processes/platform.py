"""A whole Celeriac on this machine: servers, database, processes; up while the context lasts."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

from config.embedded.files import exclusive
from config.embedded.ports import free_port
from config.embedded.servers import EmbeddedServers, environment
from config.environment import Services, data_dir
from config.processes.catalogue import (
    Addresses,
    Process,
    processes,
    sample_executor,
    whole_number,
    workers,
)
from config.processes.preparation import ensure_imports, migrate, prepare_embedded
from config.processes.running import RunningProcess
from config.processes.screen import Screen
from config.processes.supervisor import Supervisor, Watchable
from config.xxl_token import ensure_token

FLOWER_PORT = 5555
EXECUTOR_PORT = 9090


@dataclass(frozen=True)
class Plan:
    """What is to be brought up.

    `services` are servers that run elsewhere, None to embed them; `port` is API_PORT if None;
    `extra` is added to the environment of every process; `samples` adds the sample executor.
    """

    command: str
    services: Services | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    samples: bool = False


@dataclass(frozen=True)
class Running:
    """What is up. `credentials` are those of credentials.json, none for servers run elsewhere.

    `flower_login` is FLOWER_BASIC_AUTH, `user:password`.
    """

    addresses: Addresses
    credentials: Mapping[str, str]
    flower_login: str
    logs: Path


@contextmanager
def bring_up(plan: Plan, screen: Screen) -> Iterator[Running]:
    """Starts everything, step by step on the screen, and stops it at the end.

    SIGTERM and SIGHUP end it as Ctrl-C does. Raises a CeleriacError where something does not
    start.
    """
    directory = data_dir()
    with exclusive(directory, plan.command), _interrupted_by(signal.SIGTERM, signal.SIGHUP):
        addresses = _choose_ports(plan, screen)
        with _servers(plan, directory, screen) as (services, servers):
            told = _for_executors(addresses, plan) | environment(services, directory)
            told |= plan.extra
            with screen.step("Imports"):
                ensure_imports(told, directory / "logs")
            with screen.step("Database"):
                if plan.services:
                    credentials: Mapping[str, str] = {}
                    ensure_token(directory, told)
                    migrate(told, directory / "logs")
                else:
                    credentials = prepare_embedded(directory, addresses, told)
            login = told.get("FLOWER_BASIC_AUTH") or (
                f"admin:{credentials.get('password') or token_urlsafe(18)}"
            )
            wanted = processes(addresses, workers(told), login)
            if plan.samples:
                wanted.append(sample_executor(addresses, credentials["executor_token"], directory))
            with _processes(wanted, told, directory / "logs", servers, screen):
                yield Running(addresses, credentials, login, directory / "logs")


def _choose_ports(plan: Plan, screen: Screen) -> Addresses:
    asked = plan.port or whole_number(os.environ, "API_PORT", default=8080, most=65535)
    port = free_port(asked)
    flower_port = free_port(FLOWER_PORT, taken=[port])
    chosen = [("web", asked, port), ("Flower", FLOWER_PORT, flower_port)]
    executor_port = None
    if plan.samples:
        executor_port = free_port(EXECUTOR_PORT, taken=[port, flower_port])
        chosen.append(("the sample executor", EXECUTOR_PORT, executor_port))
    for what, wanted, got in chosen:
        if got != wanted:
            screen.report(f"port {wanted} is taken; {what} listens on {got}")
    return Addresses(plan.host, port, flower_port, executor_port)


def _for_executors(addresses: Addresses, plan: Plan) -> dict[str, str]:
    """What the gateway needs to know: where it is called back, and whom it may call.

    On embedded servers all is on this machine, HTTP executors too.
    """
    found = {"CALLBACK_BASE_URL": addresses.url}
    return found if plan.services else found | {"EXECUTOR_ADDRESSES": "loopback"}


@contextmanager
def _servers(
    plan: Plan, directory: Path, screen: Screen
) -> Iterator[tuple[Services, Sequence[Watchable]]]:
    if plan.services:
        yield plan.services, ()
        return
    with ExitStack() as stack:
        with screen.step("Postgres and Valkey"):
            embedded = stack.enter_context(EmbeddedServers(directory))
        yield embedded.services, (embedded.postgres, embedded.valkey)


@contextmanager
def _processes(
    wanted: Sequence[Process],
    told: Mapping[str, str],
    logs: Path,
    servers: Sequence[Watchable],
    screen: Screen,
) -> Iterator[None]:
    running = [RunningProcess(process, told, logs / f"{process.name}.log") for process in wanted]
    supervisor = Supervisor(running, servers, screen.report)
    try:
        with screen.step("Processes") as step:
            supervisor.start()
            step.details = ", ".join(process.name for process in supervisor.become_ready())
        yield
    finally:
        with screen.step("Stop"):
            supervisor.stop()


@contextmanager
def _interrupted_by(*signals: signal.Signals) -> Iterator[None]:
    """Turns signals into KeyboardInterrupt, so that all that runs is stopped in order."""
    former = {number: signal.getsignal(number) for number in signals}
    for number, handler in former.items():
        # `nohup` has SIGHUP ignored, and means it.
        if handler != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
