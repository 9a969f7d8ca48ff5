"""The figures of a simulation for a person to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduling.simulation.figures import Figures, Spread


def as_text(figures: Figures) -> str:
    """Some lines and two tables."""
    return "\n".join(_lines(figures))


def _lines(its: Figures) -> Iterator[str]:
    yield f"{its.jobs:,} jobs in {its.decisions:,} leases and chunks, {its.clock:,.1f} s simulated"
    if its.unplaced:
        yield f"{its.unplaced:,} jobs could never be placed"
    yield f"Utilisation of slots until the last job was placed: {its.utilisation:.1%}"
    yield (
        f"Placement took {its.deciding:.2f} s of CPU: {its.jobs_per_second:,.0f} jobs and "
        f"{its.decisions_per_second:,.0f} leases or chunks a second"
    )
    yield (
        f"One of {its.rounds.count:,} rounds: p50 {its.rounds.p50 * 1000:.2f} ms, "
        f"p95 {its.rounds.p95 * 1000:.2f} ms, max {its.rounds.max * 1000:.2f} ms"
    )
    yield from _table("priority", its.waits_by_priority.items())
    yield from _table("threads", its.waits_by_width.items())


def _table(name: str, rows: Iterable[tuple[int, Spread]]) -> Iterator[str]:
    yield ""
    yield f"{name:>8} {'jobs':>12} {'p50':>12} {'p95':>12} {'max':>12}  wait, s"
    for key, wait in rows:
        waits = " ".join(f"{value:>12,.3f}" for value in (wait.p50, wait.p95, wait.max))
        yield f"{key:>8} {wait.count:>12,} {waits}"
