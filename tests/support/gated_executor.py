"""An HTTP executor whose work waits at a gate: `python -m tests.support.gated_executor`."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from executor_client import Executor, Run
from tests.support.gates import announce

PATIENT = 300.0
"""Seconds: while the web process is away, the executor must not be taken for dead."""

executor = Executor(
    os.environ["GROUP"],
    "one",
    base_url=os.environ["BASE_URL"],
    celeriac=os.environ["CELERIAC_URL"],
    token=os.environ["CELERIAC_TOKEN"],
    spool=os.environ["SPOOL"],
    slots=2,
    drain=60.0,
    last_reports=60.0,
    heartbeat_every=0.3,
    heartbeat_timeout=PATIENT,
    health_interval=PATIENT,
)


@executor.task(os.environ["GROUP"])
def latch(run: Run) -> str:
    """Says that it has begun, and waits to be let through."""
    run.progress(0.5, "half")
    run.log(f"attempt {run.attempt}")
    announce(Path(run.payload["started"]))
    while not Path(run.payload["gate"]).exists():
        run.check()
        time.sleep(0.01)
    return "let through"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    executor.serve()
