"""What splitting a job gains, and what it costs.

    python -m bench.chunks [speedup|sum|overhead ...] [--runs 5] [--json FILE]

speedup   monte_carlo_pi in 2 chunks against one and two processes that do the same by themselves
sum       the sum of one .npy artifact in 2 chunks against 1 and 2 plain threads over the same array
overhead  a job of trivial chunks, submit to result, against a bare chord on the same backend
"""

from __future__ import annotations

import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from bench import celeriac, plain_side, report
from bench.ends import Ends
from bench.stage import Stage, stage

Row = tuple[str, float | None, float]
"""What was measured, in milliseconds, and how many times the first of its kind that is."""

WARM_UP = 3


def main() -> None:
    """Measures what was asked for, all sides in turns."""
    options = report.parser(__doc__.splitlines()[0], runs=5)
    options.add_argument("parts", nargs="*", help="speedup, sum, overhead; all if none is named")
    options.add_argument("--samples", type=int, default=400_000_000)
    options.add_argument("--numbers", type=int, default=100_000_000)
    options.add_argument("--slots", type=int, default=8, help="slots for `overhead`, both sides")
    arguments = options.parse_args()
    benches = {"speedup": _speedup, "sum": _sum, "overhead": _overhead}
    rows: list[Row] = []
    with stage() as the_stage:
        for name in arguments.parts or benches:
            rows += benches[name](the_stage, arguments)
    columns = ("what", "ms", "times the first")
    report.show(f"Chunks, medians of {arguments.runs} runs", columns, rows, arguments.json)


def _speedup(the_stage: Stage, options: Any) -> list[Row]:
    from jobs.darts import block_count, count_inside

    blocks = block_count(options.samples)

    def alone() -> object:
        return count_inside(7, options.samples, 0, blocks, lambda _: None)

    def two_by_themselves() -> object:
        halves = [(7, options.samples, 0, blocks // 2), (7, options.samples, blocks // 2, blocks)]
        return pool.starmap(_count_inside, halves)

    payload = {"samples": options.samples, "seed": 7}
    with (
        multiprocessing.get_context("spawn").Pool(2) as pool,
        celeriac.platform(the_stage, service=True),
        closing(Ends()) as ends,
    ):
        sides: dict[str, Callable[[], object]] = {
            "pi, one process by itself": alone,
            "pi, two processes by themselves": two_by_themselves,
            "pi, a job in one piece": lambda: _job(ends, "monte_carlo_pi", payload),
            "pi, a job in 2 chunks": lambda: _job(ends, "monte_carlo_pi", payload, demand=2),
        }
        return _compare(sides, options.runs)


def _count_inside(seed: int, samples: int, first: int, stop: int) -> int:
    from jobs.darts import count_inside

    return count_inside(seed, samples, first, stop, lambda _: None)


def _sum(the_stage: Stage, options: Any) -> list[Row]:
    import numpy as np

    from jobs import artifacts

    values = np.random.default_rng(1).random(options.numbers)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "numbers.npy"
        np.save(path, values)
        with path.open("rb") as file:
            artifact = artifacts.store(file, "numbers.npy", "application/octet-stream")
    del values
    with artifacts.local_path(str(artifact.id)) as stored:
        payload = {"artifact": str(artifact.id)}
        tiny = {"array": [0.0, 0.0]}
        with celeriac.platform(the_stage, service=True), closing(Ends()) as ends:
            sides: dict[str, Callable[[], object]] = {
                "sum, one thread by itself": lambda: _threads(stored, 1),
                "sum, two threads by themselves": lambda: _threads(stored, 2),
                "sum, a job in one piece": lambda: _job(ends, "large_array_sum", payload),
                "sum, a job in 2 chunks": lambda: _job(ends, "large_array_sum", payload, demand=2),
                "fixed cost of a job in one piece": lambda: _job(ends, "large_array_sum", tiny),
                "fixed cost of a job in 2 chunks": lambda: _job(
                    ends, "large_array_sum", tiny, demand=2
                ),
            }
            rows = _compare(sides, options.runs)
    one, two, job, split, fixed, fixed_split = (row[1] for row in rows)
    gains = {
        "gain of two threads": one / two,
        "gain of 2 chunks, fixed costs apart": (job - fixed) / (split - fixed_split),
    }
    return rows + [(name, None, gain) for name, gain in gains.items()]


def _threads(path: Path, count: int) -> float:
    """The sum by plain threads, each over its slice of the mapped file."""
    from jobs.arrays import open_npy, sum_slice

    values = open_npy(path)
    edges = [len(values) * n // count for n in range(count + 1)]
    with ThreadPoolExecutor(count) as pool:
        parts = pool.map(
            lambda n: sum_slice(values, edges[n], edges[n + 1], lambda _: None), range(count)
        )
        return sum(parts)


def _overhead(the_stage: Stage, options: Any) -> list[Row]:
    rows = []
    for parts in (8, 100):
        taken: dict[str, list[float]] = {f"{parts} parts, a bare chord": []}
        taken[f"{parts} parts, a job in chunks"] = []
        bare, job = taken.values()
        for _ in range(options.runs):
            bare.append(_bare_chord(the_stage, parts, options.slots))
            job.append(_job_in_chunks(the_stage, parts, options.slots))
        rows += _table(taken)
    return rows


def _bare_chord(the_stage: Stage, parts: int, slots: int) -> float:
    with plain_side.worker(
        the_stage, slots=slots, backend="django-db", reuse="1", app="plain_chord"
    ):
        from bench import plain_chord

        return _median_of(lambda: plain_chord.run(parts))


def _job_in_chunks(the_stage: Stage, parts: int, slots: int) -> float:
    payload = {"shards": [{"n": n} for n in range(parts)]}
    width = min(parts, slots)
    with celeriac.platform(the_stage, slots=slots, service=True), closing(Ends()) as ends:
        return _median_of(lambda: _job(ends, "shards", payload, demand=width, chunks=parts))


def _median_of(once: Callable[[], object], times: int = 10) -> float:
    for _ in range(WARM_UP):
        once()
    return report.median([_milliseconds(once) for _ in range(times)])


def _job(
    ends: Ends, job_type: str, payload: object, *, demand: int = 1, chunks: int | None = None
) -> None:
    (id_,) = celeriac.submit(job_type, 1, json.dumps(payload), thread_demand=demand, chunks=chunks)
    ends.wait_for(id_)


def _compare(sides: dict[str, Callable[[], object]], runs: int) -> list[Row]:
    for side in sides.values():
        side()
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, side in sides.items():
            taken[name].append(_milliseconds(side))
    return _table(taken)


def _milliseconds(once: Callable[[], object]) -> float:
    began = time.perf_counter()
    once()
    return (time.perf_counter() - began) * 1000


def _table(taken: dict[str, list[float]]) -> list[Row]:
    medians = {name: report.median(values) for name, values in taken.items()}
    first = next(iter(medians.values()))
    return [(name, value, value / first) for name, value in medians.items()]


if __name__ == "__main__":
    main()
