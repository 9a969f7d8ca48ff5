"""Job types that tell how many threads they were given, by the platform and by libraries."""

from __future__ import annotations

import os
import time
from pathlib import Path

from jobs.context import JobContext
from jobs.types import Payload, job_type


class Latch(Payload):
    """Writes to `started`, then waits until `gate` exists; both are paths."""

    started: str = ""
    gate: str = ""


class Threads(Payload):
    given: int
    environment: str
    openblas: list[int]


@job_type("threads_told")
def threads_told(context: JobContext, payload: Latch) -> Threads:
    """The job's slots, and the threads that NumPy's own library may take."""
    import numpy  # noqa: F401
    import threadpoolctl

    if payload.gate:
        Path(payload.started).write_text(str(os.getpid()))
        while not Path(payload.gate).exists():
            context.check()
            time.sleep(0.01)
    info = threadpoolctl.threadpool_info()
    return Threads(
        given=context.threads,
        environment=os.environ["OMP_NUM_THREADS"],
        openblas=[library["num_threads"] for library in info if library["user_api"] == "blas"],
    )
