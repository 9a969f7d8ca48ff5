"""The threads that run functions, one for each slot, and what becomes of each execution."""

from __future__ import annotations

import json
import logging
import threading
import traceback
from collections.abc import Callable
from typing import Any

from executor_client.run import Cancelled, Run

logger = logging.getLogger("executor_client")

Function = Callable[[Run], Any]
Finish = Callable[[Run, dict[str, Any]], None]
REMEMBERED = 10_000
"""Executions that ended here, which are not run again if the same call comes twice."""


class Busy(Exception):
    """No slot is free, or the executor takes no more work."""


class Workshop:
    """Runs executions; `finish` is told how each ended, before its slot is free."""

    def __init__(self, slots: int, finish: Finish) -> None:
        self._slots = slots
        self._finish = finish
        self._runs: dict[str, Run] = {}
        self._ended: dict[str, None] = {}
        self._lock = threading.Lock()
        self._quiet = threading.Condition(self._lock)
        self.is_open = True

    def take(self, function: Function, run: Run) -> None:
        """Starts the execution unless it is known already; raises `Busy`."""
        with self._lock:
            if run.execution_id in self._runs or run.execution_id in self._ended:
                return
            if not self.is_open or len(self._runs) >= self._slots:
                raise Busy
            self._runs[run.execution_id] = run
        # Daemons, so that work which takes no notice can't keep the process from ending.
        name = f"run {run.execution_id}"
        threading.Thread(target=self._work, args=(function, run), name=name, daemon=True).start()

    def cancel(self, execution_id: str) -> bool:
        """Asks an execution to stop; whether it is here."""
        run = self._runs.get(execution_id)
        if run:
            run.cancel()
        return run is not None

    def executions(self) -> list[str]:
        """Ids of what is under way."""
        with self._lock:
            return list(self._runs)

    def close(self, patience: float) -> bool:
        """Takes no more, and waits for what is under way; whether all of it ended in time."""
        with self._quiet:
            self.is_open = False
            return self._quiet.wait_for(lambda: not self._runs, patience)

    def _work(self, function: Function, run: Run) -> None:
        self._finish(run, _outcome(function, run))
        with self._quiet:
            del self._runs[run.execution_id]
            self._ended[run.execution_id] = None
            if len(self._ended) > REMEMBERED:
                del self._ended[next(iter(self._ended))]
            self._quiet.notify_all()


def _outcome(function: Function, run: Run) -> dict[str, Any]:
    """What to report of the execution. Whatever the function raises is its failure."""
    try:
        run.check()
        result = function(run)
        json.dumps(result, allow_nan=False)
    except Cancelled:
        return _failed("cancelled", "The execution was told to stop.")
    except BaseException as error:
        logger.exception("Execution %s of %s failed.", run.execution_id, run.task_name)
        return _failed(type(error).__name__, str(error), traceback.format_exc())
    return {"status": "completed", "result": result}


def _failed(code: str, message: str, trace: str = "") -> dict[str, Any]:
    error = {"code": code, "message": message[:2000]}
    return {
        "status": "failed",
        "error": {**error, "traceback": trace[-20_000:]} if trace else error,
    }
