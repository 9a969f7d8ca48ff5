"""An executor: functions by the names of tasks, served to Celeriac over HTTP."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from executor_client import signing
from executor_client.celeriac import UNREACHABLE, Celeriac, Refused
from executor_client.reports import Reports
from executor_client.run import Run
from executor_client.server import Answer, Endpoint, Server
from executor_client.spool import Spool
from executor_client.workshop import Busy, Function, Workshop

logger = logging.getLogger("executor_client")

SILENT_AFTER = 30.0
"""Seconds without a heartbeat after which Celeriac takes the executor for dead."""


class Executor:
    """One instance, `instance_id`, of the group of executors called `name`.

    Celeriac is at `celeriac` and calls back at `base_url`. `listen` is (host, port) if that is not
    what `base_url` says; `spool` is a file for reports that Celeriac has not confirmed yet;
    `drain` is how long (seconds) work under way may take when the program is told to end, and
    `last_reports` how long Celeriac may then take to confirm the ends of what ran;
    `heartbeat_every` the seconds between two heartbeats.
    `options` go into the registration: `weight`, `labels`, `types`, `health_interval` and so on.
    """

    def __init__(
        self,
        name: str,
        instance_id: str,
        *,
        base_url: str,
        celeriac: str,
        token: str,
        slots: int = 1,
        listen: tuple[str, int] | None = None,
        spool: str | Path = "executor-spool.sqlite3",
        drain: float = 30.0,
        last_reports: float = 10.0,
        heartbeat_every: float = 5.0,
        **options: Any,
    ) -> None:
        self._registration = {
            "name": name,
            "instance_id": instance_id,
            "base_url": base_url.rstrip("/"),
            "health_check_url": f"{base_url.rstrip('/')}/health",
            "slots": slots,
            "heartbeat_timeout": SILENT_AFTER,
            **options,
        }
        self._functions: dict[str, Function] = {}
        self._tasks: list[dict[str, Any]] = []
        self._celeriac = Celeriac(celeriac, token)
        self._listen = listen or _address(base_url)
        self._spool_path = Path(spool)
        self._drain, self._last_reports = drain, last_reports
        self._heartbeat_every = heartbeat_every
        self._id = ""
        self._is_cut_off = False
        self._leaving = threading.Event()

    def task(self, name: str, **definition: Any) -> Callable[[Function], Function]:
        """Has the decorated function do the task `name`.

        With a `cron_expression`, and whatever else a task may have, the task is made if there is
        none of that name. Celeriac's names of job types and XXL-style handlers are names too.
        """

        def register(function: Function) -> Function:
            self._functions[name] = function
            self._tasks.append({"task_name": name, **definition})
            return function

        return register

    def serve(self) -> None:
        """Until SIGTERM, SIGINT or `stop`: then what is under way is ended and reported first."""
        self._reports = Reports(Spool(self._spool_path))
        self._workshop = Workshop(self._registration["slots"], self._reports.of_the_end)
        server = self._server()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.stop())
        threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
        try:
            self._live()
        finally:
            self._leave(server)

    def stop(self) -> None:
        """Has `serve` end."""
        self._leaving.set()

    def _server(self) -> Server:
        endpoints: dict[str, Endpoint] = {"/execute": self._execute, "/cancel": self._cancel}
        return Server(self._listen, endpoints, self._health, self._is_genuine)

    def _is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        secret = self._reports.secret
        return bool(secret) and signing.is_genuine(secret, headers, body, time.time())

    def _health(self) -> Answer:
        status = HTTPStatus.OK if self._workshop.is_open else HTTPStatus.SERVICE_UNAVAILABLE
        return status, {"executions": self._workshop.executions()}

    def _execute(self, call: dict[str, Any]) -> Answer:
        name = call.get("handler") or call["task_name"]
        function = self._functions.get(name) or self._functions.get(call.get("type", ""))
        if function is None:
            return HTTPStatus.NOT_FOUND, {"error": f"There is no function for {name!r} here."}
        try:
            self._workshop.take(function, Run(call, self._reports.on_the_way))
        except Busy:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "No slot is free."}
        return HTTPStatus.ACCEPTED, {}

    def _cancel(self, call: dict[str, Any]) -> Answer:
        found = self._workshop.cancel(call["execution_id"])
        return (HTTPStatus.OK if found else HTTPStatus.NOT_FOUND), {"found": found}

    def _live(self) -> None:
        """Registers, then sends heartbeats; registers again when Celeriac knows it no more."""
        while not self._leaving.is_set():
            try:
                if not self._id:
                    self._register()
                self._beat()
                self._reached()
            except Refused as error:
                logger.error("%s", error)
                if error.status == HTTPStatus.NOT_FOUND:
                    self._id = ""
            except UNREACHABLE as error:
                self._is_cut_off = True
                logger.warning("Celeriac can't be reached, and is tried again soon: %s", error)
            self._leaving.wait(self._heartbeat_every)

    def _reached(self) -> None:
        if self._is_cut_off:
            logger.info("Celeriac is reached again.")
        self._is_cut_off = False

    def _register(self) -> None:
        answer = self._celeriac.register({**self._registration, "tasks": self._tasks})
        self._reports.secret, self._id = answer["secret"], answer["id"]
        logger.info("Registered as %s.", self._id)

    def _beat(self) -> None:
        # In this order: an execution that ends in between is in both lists, not in none.
        executions = [*self._workshop.executions(), *self._reports.unconfirmed()]
        answer = self._celeriac.heartbeat(self._id, executions)
        for execution_id in answer.get("cancel", ()):
            self._workshop.cancel(execution_id)

    def _leave(self, server: Server) -> None:
        """Takes no more, ends what is under way, and has the reports sent if that is possible."""
        self._set_status("draining")
        self._end_work()
        unconfirmed = self._reports.close(self._last_reports)
        if unconfirmed:
            # Offline, it would lose them; it has until it counts as silent to be back with them.
            logger.warning(
                "Celeriac has not confirmed ends, which are reported after the next start: %s",
                ", ".join(unconfirmed),
            )
        else:
            self._set_status("offline")
        server.shutdown()
        server.server_close()

    def _end_work(self) -> None:
        """Waits for what is under way, and lets Celeriac know meanwhile that it lives."""
        deadline = time.monotonic() + self._drain
        while not self._workshop.close(min(self._heartbeat_every, self._drain)):
            if time.monotonic() >= deadline:
                logger.warning("Work is left behind: %s", ", ".join(self._workshop.executions()))
                return
            with suppress(Refused, *UNREACHABLE):
                self._beat()

    def _set_status(self, status: str) -> None:
        with suppress(Refused, *UNREACHABLE):
            if self._id:
                self._celeriac.set_status(self._id, status)


def _address(base_url: str) -> tuple[str, int]:
    parts = urlsplit(base_url)
    return parts.hostname or "127.0.0.1", parts.port or 80
