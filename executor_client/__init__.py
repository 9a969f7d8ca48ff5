"""Makes a Python program an executor of Celeriac, over HTTP. Needs the standard library alone.

    from executor_client import Executor, Run

    executor = Executor("sample-executor", "executor-001", base_url="http://localhost:9090",
                        celeriac="http://localhost:8080", token="…")

    @executor.task("greet", cron_expression="*/10 * * * * *")
    def greet(run: Run) -> dict[str, str]:
        run.log("Somebody is greeted.")
        return {"text": f"Hello {run.payload['name']}"}

    executor.serve()

`docs/http-executors.md` has the protocol.
"""

from executor_client.executor import Executor
from executor_client.run import Cancelled, Run

__all__ = ["Cancelled", "Executor", "Run"]
