"""An executor as XXL-JOB's clients are: a real server with handlers, queues, logs, callbacks."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import requests

TOKEN = "a token of theirs"
GOOD = 200
FAILED = 500
TIMED_OUT = 502


@dataclass(frozen=True)
class Dialect:
    """How the clients of a version, or in a language, differ."""

    payload: tuple[str, ...] = ("data",)
    former_callback: bool = False
    is_go: bool = False
    """It keeps no queues, and refuses a run with the array of its callback."""
    reports_killed_in_queue: bool = True
    timeout_code: int = TIMED_OUT
    nothing_new: str = "zero"
    """How `/log` says so: `zero`, `count` (of all lines) or `same` (the line asked for)."""


DIALECTS = {
    "2.2": Dialect(payload=("content",), former_callback=True, nothing_new="count"),
    "2.4": Dialect(payload=("content",), nothing_new="count"),
    "3.4": Dialect(),
    "Python": Dialect(
        payload=("content", "data"), former_callback=True, timeout_code=FAILED,
        reports_killed_in_queue=False, nothing_new="same",
    ),
    "Go": Dialect(payload=("content",), former_callback=True, is_go=True),
}  # fmt: skip


@dataclass
class Run:
    """One run of a handler. `stopped` is set when it is killed or out of time."""

    told: Mapping[str, Any]
    lines: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    is_late: bool = False

    @property
    def parameters(self) -> str:
        return str(self.told["executorParams"])

    def log(self, text: str) -> None:
        self.lines.append(text)

    def run_out(self) -> None:
        self.is_late = True
        self.stopped.set()


class Failed(Exception):
    """Raised by a handler that fails, with what it says."""


Handler = Callable[[Run], str]


class XxlExecutor:
    """Serves while the context lasts. `admin` is Celeriac's address; without one, no callbacks.

    `calls` has what it was asked, `callbacks` what it was answered. `instead` has bodies that
    answer a path in the place of what would; a path that is `missing` is not found.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler] | None = None,
        *,
        dialect: str = "3.4",
        appname: str = "reports",
        admin: str = "",
        token: str = TOKEN,
    ) -> None:
        self.handlers = dict(handlers or {})
        self.dialect = DIALECTS[dialect]
        self.appname = appname
        self.admin = admin
        self.token = token
        self.calls: list[tuple[str, Any]] = []
        self.callbacks: list[Any] = []
        self.instead: dict[str, bytes] = {}
        self.missing: set[str] = set()
        self.runs: dict[int, Run] = {}
        self._running: dict[int, Run] = {}
        self._queued: dict[int, deque[Run]] = {}
        self._lock = threading.RLock()
        self._threads: list[threading.Thread] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _requests_of(self))
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """As it registers, with a slash at the end, as XXL-JOB's own do."""
        return f"http://{self.address}/"

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self._threads.append(thread)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._queued.clear()
            for run in self.runs.values():
                run.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join(10)

    @property
    def running(self) -> bool:
        """Whether a handler is at work."""
        return bool(self._running)

    def asked(self, path: str) -> list[Any]:
        """The bodies of all calls of a path."""
        return [body for called, body in self.calls if called == path]

    def register(self) -> Any:
        """Tells its admin that it is there; the answer."""
        return self._tell("registry", self._registration())

    def sign_off(self) -> Any:
        """Tells its admin that it goes; the answer."""
        return self._tell("registryRemove", self._registration())

    def call_back(self, log_id: int, code: int, message: str | None) -> Any:
        """Reports how a run ended, in its dialect; the answer."""
        item: dict[str, Any] = {"logId": log_id, "logDateTim": 1}
        if self.dialect.former_callback:
            item["executeResult"] = {"code": code, "msg": message}
        if not self.dialect.former_callback or len(self.dialect.payload) > 1:
            item |= {"handleCode": code, "handleMsg": message}
        answer = self._tell("callback", [item])
        self.callbacks.append(answer)
        return answer

    def _registration(self) -> dict[str, str]:
        return {
            "registryGroup": "EXECUTOR",
            "registryKey": self.appname,
            "registryValue": self.url,
        }

    def _tell(self, what: str, body: object) -> Any:
        return requests.post(
            f"{self.admin}/api/{what}",
            json=body,
            headers={"XXL-JOB-ACCESS-TOKEN": self.token},
            timeout=60,
        ).json()

    # What it is asked ---------------------------------------------------------------------------

    def answer(self, path: str, body: Any, token: str | None) -> bytes:
        """The body of its answer."""
        self.calls.append((path, body))
        if path in self.instead:
            return self.instead[path]
        if token != self.token:
            return _json({"code": FAILED, "msg": "The access token is wrong."})
        with self._lock:
            found = {
                "/beat": self._beat, "/idleBeat": self._idle_beat, "/run": self._run,
                "/kill": self._kill, "/log": self._log,
            }[path](body)  # fmt: skip
        return _json(found)

    def _good(self, payload: object = None) -> dict[str, Any]:
        return {"code": GOOD, "msg": None} | dict.fromkeys(self.dialect.payload, payload)

    def _beat(self, body: Any) -> Any:
        return self._good()

    def _idle_beat(self, body: Any) -> Any:
        if body["jobId"] in self._running:
            return {"code": FAILED, "msg": "job thread is running or has trigger queue."}
        return self._good()

    def _run(self, body: Any) -> Any:
        run, job_id = Run(body), body["jobId"]
        if body["executorHandler"] not in self.handlers:
            return self._refusal(run, f"job handler [{body['executorHandler']}] not found.")
        earlier = self._running.get(job_id)
        if earlier and body["executorBlockStrategy"] == "DISCARD_LATER":
            return self._refusal(run, "block strategy effect: Discard Later")
        if earlier and body["executorBlockStrategy"] == "SERIAL_EXECUTION" and self.dialect.is_go:
            return self._refusal(run, "There are tasks running")
        self.runs[body["logId"]] = run
        if earlier and body["executorBlockStrategy"] == "SERIAL_EXECUTION":
            self._queued.setdefault(job_id, deque()).append(run)
            return self._good()
        if earlier:
            earlier.stopped.set()
        self._start(run)
        return self._good()

    def _refusal(self, run: Run, why: str) -> Any:
        if not self.dialect.is_go:
            return {"code": FAILED, "msg": why}
        return [{"logId": run.told["logId"], "handleCode": FAILED, "handleMsg": why}]

    def _kill(self, body: Any) -> Any:
        for run in self._queued.pop(body["jobId"], ()):
            if self.dialect.reports_killed_in_queue:
                self._thread(self.call_back, run.told["logId"], FAILED, "killed in the queue")
        if run := self._running.get(body["jobId"]):
            run.stopped.set()
        return self._good()

    def _log(self, body: Any) -> Any:
        run, first = self.runs.get(body["logId"]), body["fromLineNum"]
        if run is None:
            return self._good(_part(first, 0, "readLog fail, logFile not exists", True))
        lines = run.lines[first - 1 :]
        if lines:
            text = "".join(f"{line}\n" for line in lines)
            is_end = self.dialect.nothing_new == "same"
            return self._good(_part(first, first + len(lines) - 1, text, is_end))
        last = {"zero": 0, "count": len(run.lines), "same": first}[self.dialect.nothing_new]
        return self._good(_part(first, last, "", self.dialect.nothing_new == "same"))

    # How runs go --------------------------------------------------------------------------------

    def _start(self, run: Run) -> None:
        self._running[run.told["jobId"]] = run
        self._thread(self._work, run)

    def _work(self, run: Run) -> None:
        timer = threading.Timer(run.told["executorTimeout"] or 3600, run.run_out)
        timer.daemon = True
        timer.start()
        code, message = self._ending(run)
        timer.cancel()
        job_id = run.told["jobId"]
        with self._lock:
            if self._running.get(job_id) is run:
                del self._running[job_id]
            if waiting := self._queued.get(job_id):
                self._start(waiting.popleft())
        if self.admin:
            self.call_back(run.told["logId"], code, message)

    def _ending(self, run: Run) -> tuple[int, str]:
        try:
            message = self.handlers[run.told["executorHandler"]](run)
        except Failed as error:
            return FAILED, str(error)
        if not run.stopped.is_set():
            return GOOD, message
        if run.is_late:
            return self.dialect.timeout_code, "job execute timeout"
        return FAILED, "[job running, killed]"

    def _thread(self, work: Callable[..., Any], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


def _part(first: int, last: int, text: str, is_end: bool) -> dict[str, Any]:
    return {"fromLineNum": first, "toLineNum": last, "logContent": text, "isEnd": is_end}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _requests_of(executor: XxlExecutor) -> type[BaseHTTPRequestHandler]:
    class Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            token = self.headers["XXL-JOB-ACCESS-TOKEN"]
            answer = executor.answer(self.path, json.loads(body or b"null"), token)
            self.send_response(404 if self.path in executor.missing else 200)
            self.send_header("Content-Type", "text/html;charset=UTF-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: Any) -> None:
            pass

    return Requests
