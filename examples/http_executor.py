"""A sample executor on port 9090. Run it beside a Celeriac on port 8080:

    export CELERIAC_TOKEN=$(python3 manage.py token --role executor --group sample-executor \\
                            --name sample-executor)
    .venv/bin/python -m examples.http_executor
"""

from __future__ import annotations

import logging
import os
import time

from executor_client import Executor, Run

executor = Executor(
    "sample-executor",
    os.environ.get("INSTANCE_ID", "executor-001"),
    base_url=os.environ.get("BASE_URL", "http://localhost:9090"),
    celeriac=os.environ.get("CELERIAC_URL", "http://localhost:8080"),
    token=os.environ["CELERIAC_TOKEN"],
    slots=4,
    spool=os.environ.get("SPOOL", "executor-spool.sqlite3"),
)


@executor.task("test_task", cron_expression="*/10 * * * * *")
def test_task(run: Run) -> dict[str, object]:
    """Counts to ten, tells how far it is, and stops when it is told to."""
    for number in range(1, 11):
        run.check()
        run.progress(number / 10, f"{number} of 10")
        time.sleep(0.1)
    run.log(f"Counted to ten in attempt {run.attempt}.")
    return {"counted_to": 10, "payload": run.payload}


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    executor.serve()
