"""How long one job takes when nothing else runs: Celeriac against plain Celery.

    python -m bench.latency [--jobs 200] [--runs 3] [--json FILE]

In process: from `submit` until the completed row is visible (LISTEN, then read). Plain Celery:
from `delay` until `get` returns, with its Redis backend. Over HTTP: from the POST, the same end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import requests

from bench import celeriac, plain_side, report
from bench.ends import Ends
from bench.stage import Stage, stage


def main() -> None:
    """Measures every side `--runs` times, in turns."""
    options = report.parser(__doc__.splitlines()[0])
    options.add_argument("--jobs", type=int, default=200)
    arguments = options.parse_args()
    sides: dict[str, Callable[[Stage, int], list[float]]] = {
        "Celery, Redis backend": _plain,
        "Celeriac, prefork": lambda s, n: _celeriac(s, n, "prefork"),
        "Celeriac, threads": lambda s, n: _celeriac(s, n, "threads"),
        "Celeriac over HTTP, prefork": _over_http,
    }
    taken: dict[str, list[list[float]]] = {name: [] for name in sides}
    with stage() as the_stage:
        for _ in range(arguments.runs):
            for name, side in sides.items():
                taken[name].append(sorted(side(the_stage, arguments.jobs)))
    _show(taken, arguments)


def _plain(stage: Stage, jobs: int) -> list[float]:
    with plain_side.worker(stage) as (app, _):
        noop = app.tasks["bench.plain.noop"]
        return _times(lambda: noop.delay().get(timeout=10), jobs)


def _celeriac(stage: Stage, jobs: int, pool: str) -> list[float]:
    with celeriac.platform(stage, pool=pool), closing(Ends()) as ends:
        return _times(lambda: ends.wait_for(celeriac.submit("noop", 1)[0]), jobs)


def _over_http(stage: Stage, jobs: int) -> list[float]:
    from jobs.tokens import issue_token

    with ExitStack() as running:
        running.enter_context(celeriac.platform(stage))
        url, _ = running.enter_context(stage.web())
        session = running.enter_context(requests.Session())
        session.headers["Authorization"] = f"Token {issue_token('bench', 'operator')}"
        ends = running.enter_context(closing(Ends()))

        def one() -> None:
            answer = session.post(f"{url}/api/v1/jobs", json={"type": "noop", "payload": {}})
            ends.wait_for(answer.json()["id"])

        return _times(one, jobs)


def _times(one: Callable[[], Any], jobs: int) -> list[float]:
    for _ in range(20):
        one()
    times = []
    for _ in range(jobs):
        began = time.perf_counter()
        one()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _show(taken: dict[str, list[list[float]]], options: Any) -> None:
    def at(runs: list[list[float]], share: float) -> float:
        return report.median([run[int(share * (len(run) - 1))] for run in runs])

    plain = at(taken["Celery, Redis backend"], 0.5)
    rows = [
        (name, at(runs, 0.5), at(runs, 0.95), at(runs, 0.99), at(runs, 0.5) / plain)
        for name, runs in taken.items()
    ]
    columns = ("side", "p50 ms", "p95 ms", "p99 ms", "p50, times plain")
    title = f"One no-op job at a time, {options.jobs} times, medians of {options.runs} runs"
    report.show(title, columns, rows, options.json)


if __name__ == "__main__":
    main()
