"""Tells Celeriac how executions go: of their ends until it has confirmed them, of the rest once."""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from executor_client.celeriac import UNREACHABLE, Refused, call_back
from executor_client.run import Run
from executor_client.spool import Report, Spool

logger = logging.getLogger("executor_client")

LOOK_EVERY = 0.5


class Reports:
    """A thread that sends what is in the spool. `secret` is set once the executor has one."""

    def __init__(self, spool: Spool) -> None:
        self.secret = ""
        self._spool = spool
        self._closing = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="reports", daemon=True)
        self._thread.start()

    def on_the_way(self, run: Run, report: dict[str, Any]) -> None:
        """Sends a report of progress now, or never."""
        with suppress(Refused, *UNREACHABLE):
            call_back(run.callback_url, _body(run, report), self.secret)

    def of_the_end(self, run: Run, report: dict[str, Any]) -> None:
        """Keeps a report on disk until Celeriac has confirmed it."""
        self._spool.add(run.execution_id, run.callback_url, _body(run, report))
        with self._news:
            self._news.notify_all()

    def unconfirmed(self) -> list[str]:
        """Ids of executions that have ended, of which Celeriac does not know yet."""
        return self._spool.executions()

    def close(self, patience: float) -> list[str]:
        """Ends the thread once all is confirmed, or after `patience` seconds; what is not then."""
        end = time.monotonic() + patience
        with self._news:
            while self._spool.executions() and (left := end - time.monotonic()) > 0:
                self._news.notify_all()
                self._news.wait(min(left, LOOK_EVERY))
            self._closing = True
            self._news.notify_all()
        self._thread.join()
        unconfirmed = self.unconfirmed()
        self._spool.close()
        return unconfirmed

    def _work(self) -> None:
        while not self._closing:
            if self.secret:
                for report in self._spool.due():
                    self._send(report)
            with self._news:
                self._news.notify_all()
                self._news.wait(LOOK_EVERY)

    def _send(self, report: Report) -> None:
        try:
            call_back(report.url, report.body, self.secret)
        except Refused as error:
            logger.error("The end of execution %s: %s", report.execution_id, error)
            self._cope(report, error)
        except UNREACHABLE as error:
            logger.warning("Celeriac can't be told of an end, and is told later: %s", error)
            self._spool.put_off(report)
        else:
            self._spool.done(report)

    def _cope(self, report: Report, error: Refused) -> None:
        if not error.is_final:
            self._spool.put_off(report)
            return
        self._spool.done(report)
        if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and report.body != _too_large(
            report
        ):
            self._spool.add(report.execution_id, report.url, _too_large(report))


def _too_large(report: Report) -> bytes:
    """What is reported in the place of a result that Celeriac does not take."""
    message = "The result is larger than Celeriac takes: hand on where it is instead."
    # The same work would only come to the same result.
    error = {"code": "result_too_large", "message": message, "permanent": True}
    failed = {"status": "failed", "error": error}
    return json.dumps({"token": json.loads(report.body)["token"], **failed}).encode()


def _body(run: Run, report: dict[str, Any]) -> bytes:
    return json.dumps({"token": run.token, **report}).encode()
