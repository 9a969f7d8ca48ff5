"""How far forecast starts are off, as a share of the wait: a mixed load on real workers.

    python -m bench.forecast [--jobs 2000] [--slots 6] [--sample 60] [--runs 3] [--json FILE]

Jobs of several types, durations, widths and priorities are queued at once. A sample of those that
wait is asked for its forecast then, and another one when half of the jobs have ended; what came
true is read from the rows. A job of which no start could be told counts as untold.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench import celeriac, report
from bench.stage import Stage, stage, until

AIM = 0.25


@dataclass(frozen=True)
class Kind:
    """Jobs that are alike but for their payload; `weight` says how many of them there are."""

    weight: int
    type: str
    payload: Callable[[random.Random], dict[str, Any]]
    thread_demand: int = 1


KINDS = [
    Kind(3, "noop", lambda _: {}),
    Kind(8, "nap", lambda chance: {"n": 1, "seconds": chance.uniform(0.02, 0.2)}),
    Kind(4, "burn", lambda chance: {"seconds": chance.uniform(0.005, 0.03)}),
    Kind(2, "nap", lambda chance: {"n": 1, "seconds": chance.uniform(0.05, 0.3)}, 2),
    Kind(1, "nap", lambda chance: {"n": 1, "seconds": chance.uniform(0.05, 0.3)}, 3),
    Kind(2, "monte_carlo_pi", lambda chance: {"samples": 400_000, "seed": chance.getrandbits(30)},
         2),
]  # fmt: skip
PRIORITIES = [3, 5, 5, 5, 7]


@dataclass(frozen=True)
class Said:
    """A forecast: when it was made, and the start that it told of (epoch), None for none."""

    job_id: str
    at: float
    start: float | None


def main() -> None:
    """All runs on the same servers, each with durations learned anew."""
    options = report.parser(__doc__.splitlines()[0])
    options.add_argument("--jobs", type=int, default=2000)
    options.add_argument("--slots", type=int, default=6)
    options.add_argument("--sample", type=int, default=60, help="forecasts each time")
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    errors: dict[str, list[list[float | None]]] = {"queued": [], "midway": []}
    with stage() as the_stage:
        for number in range(arguments.runs):
            chance = random.Random(arguments.seed + number)
            for when, its in _measure(the_stage, arguments, chance).items():
                errors[when].append(its)
    _show(errors, arguments)


def _measure(stage: Stage, options: Any, chance: random.Random) -> dict[str, list[float | None]]:
    from scheduling.explaining.reading.learning import learned

    with celeriac.platform(stage, slots=options.slots, service=True):
        # Twice, and only what is learned the second time: workers that just started are slow.
        for _ in range(2):
            celeriac.execute("TRUNCATE executors_lease")
            _submit(chance, 200)
            until(celeriac.all_done, "the warm-up is done", every=0.2)
        celeriac.execute("TRUNCATE jobs_job, jobs_jobevent, executors_execution")
        learned.forget()
        _submit(chance, options.jobs)
        said = {"queued": _ask(chance, options.sample)}
        half = "jobs_job WHERE completed_at IS NOT NULL"
        until(lambda: celeriac.rows(half) >= options.jobs / 2, "half of them are done", every=0.2)
        said["midway"] = _ask(chance, options.sample)
        until(celeriac.all_done, "all are done", every=0.2)
        starts = _starts()
    celeriac.clear()
    return {
        when: [_error(its, starts) for its in each if starts[its.job_id] > its.at]
        for when, each in said.items()
    }


def _submit(chance: random.Random, count: int) -> None:
    from django.db import connection

    from jobs import lifecycle
    from jobs.submission import NewJob
    from jobs.wake import wake_dispatcher

    kinds = chance.choices(KINDS, [kind.weight for kind in KINDS], k=count)
    jobs = [
        NewJob(
            type=kind.type,
            payload=json.dumps(kind.payload(chance)),
            name=kind.type,
            priority=chance.choice(PRIORITIES),
            thread_demand=kind.thread_demand,
        )
        for kind in kinds
    ]
    with connection.cursor() as cursor:
        lifecycle.submit(cursor, jobs)
    wake_dispatcher()


def _ask(chance: random.Random, count: int) -> list[Said]:
    """Forecasts of some of the jobs that wait, each as the API would answer it."""
    from jobs.models import Job
    from scheduling.explaining.explain import explain

    waiting = list(Job.objects.filter(status="queued").values_list("id", flat=True))
    said = []
    for job_id in chance.sample(waiting, min(count, len(waiting))):
        its = explain(job_id)
        if its.waiting:
            start = its.waiting.forecast.start_at
            said.append(Said(str(job_id), its.at.timestamp(), start and start.timestamp()))
    return said


def _starts() -> dict[str, float]:
    """When each job was handed to an executor for the first time."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT execution.job_id::text, extract(epoch FROM min(lease.assigned_at))::float8
              FROM executors_execution execution
              JOIN executors_lease lease ON lease.id = execution.lease_id
             WHERE execution.state = 'completed'
             GROUP BY execution.job_id
            """
        )
        return dict(cursor.fetchall())


def _error(said: Said, starts: dict[str, float]) -> float | None:
    """The error as a share of the wait, None for no forecast."""
    if said.start is None:
        return None
    began = starts[said.job_id]
    return abs(said.start - began) / (began - said.at)


def _show(errors: dict[str, list[list[float | None]]], options: Any) -> None:
    rows = [_row(when, runs) for when, runs in errors.items()]
    columns = ("asked when", "forecasts", "untold", "median error %", "90% are within %", "aim %")
    title = f"Forecast starts of {options.jobs:,} mixed jobs on {options.slots} slots"
    report.show(title, columns, rows, options.json)


def _row(when: str, runs: Sequence[Sequence[float | None]]) -> tuple[Any, ...]:
    told = [sorted(error for error in run if error is not None) for run in runs]
    asked = sum(map(len, runs))
    untold = asked - sum(map(len, told))
    if not all(told):
        return when, asked, untold, "-", "-", AIM * 100
    middle = report.median([its[len(its) // 2] for its in told])
    most = report.median([its[int(0.9 * (len(its) - 1))] for its in told])
    return when, asked, untold, middle * 100, most * 100, AIM * 100


if __name__ == "__main__":
    main()
