"""`manage.py simulate`: placement on a simulated clock, of a load made up, recorded or real."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from rich.console import Console
from rich.progress import Progress

from jobs.errors import CeleriacError
from jobs.wishes import Placing
from scheduling.batching import BatchLimits
from scheduling.placement import Capacity, Policy
from scheduling.simulation import arguments
from scheduling.simulation.figures import Figures
from scheduling.simulation.jobs import SimulatedJob
from scheduling.simulation.load import Load, Shape, generate
from scheduling.simulation.recorded import read_csv
from scheduling.simulation.run import Rules, simulate
from scheduling.simulation.text import as_text


class Command(BaseCommand):
    """Says what waits, utilisation and the cost of deciding a load comes to."""

    help = "Plays placement on a simulated clock. Needs no database but for --from-history."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The load, the executors and the policy."""
        arguments.add(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Simulates and prints."""
        try:
            jobs, capacity = _world(options)
            total = len(jobs) if isinstance(jobs, Sequence) else options["jobs"]
            with _bar(total) as tell, _no_collector():
                figures = simulate(jobs, capacity, _rules(options), tell)
            self._show(figures, options["json"])
        except ImproperlyConfigured as error:
            message = "No database is known: set DATABASE_URL."
            raise CommandError(message) from error
        except (CeleriacError, DatabaseError, OSError) as error:
            raise CommandError(str(error).strip()) from error

    def _show(self, figures: Figures, path: Path | None) -> None:
        self.stdout.write(as_text(figures))
        if path:
            path.write_text(json.dumps(figures.as_dict(), indent=2) + "\n", encoding="utf-8")


def _world(options: dict[str, Any]) -> tuple[Iterable[SimulatedJob], list[Capacity]]:
    """The jobs and the executors."""
    if options["csv"]:
        jobs: Sequence[SimulatedJob] = read_csv(options["csv"])
    elif options["from_history"]:
        # Models need a database to be known; nothing else here does.
        from scheduling import history

        jobs = list(history.read_history(options["from_history"]))
        if options["executors"] is None:
            return _wished(jobs, options), history.read_executors()
    else:
        load = _load(options)
        return generate(load), _executors(options, {its.name for its in load.types})
    return _wished(jobs, options), _executors(options, {job.type for job in jobs})


def _wished(jobs: Sequence[SimulatedJob], options: dict[str, Any]) -> Sequence[SimulatedJob]:
    """As recorded, but for what is asked to be otherwise."""
    shape = options["placement"]
    for job in jobs:
        if options["executors"] is not None or options["csv"]:
            # Executors that are made up have no labels.
            job.requires = ()
        if shape:
            job.chunkable = job.chunkable and shape != Shape.WHOLE
            job.placement = Placing.PACK if shape == Shape.PACK else Placing.SPREAD
    return jobs


def _load(options: dict[str, Any]) -> Load:
    load = Load(
        jobs=options["jobs"],
        rate=1.0,
        types=options["types"] or arguments.DEFAULT_TYPES,
        priorities=options["priorities"] or arguments.DEFAULT_PRIORITIES,
        wide_share=options["wide_share"],
        wide_demand=options["wide_demand"],
        shape=Shape(options["placement"] or Shape.SPREAD),
        waiting=options["waiting"],
        seed=options["seed"],
    )
    slots = _number_of_executors(options) * options["slots"]
    rate = options["rate"] or options["load"] * slots / load.slot_seconds()
    return replace(load, rate=rate)


def _executors(options: dict[str, Any], types: set[str]) -> list[Capacity]:
    names = [f"executor {number}" for number in range(_number_of_executors(options))]
    return [Capacity(name, name, options["slots"], frozenset(types)) for name in names]


def _number_of_executors(options: dict[str, Any]) -> int:
    return 10 if options["executors"] is None else int(options["executors"])


def _rules(options: dict[str, Any]) -> Rules:
    """As the dispatcher's settings have it where nothing else is asked for."""

    def setting(option: str, name: str) -> Any:
        return settings.CELERIAC[name] if options[option] is None else options[option]

    reserve_after = inf if options["no_reserve"] else setting("reserve_after", "RESERVE_AFTER")
    return Rules(
        Policy(setting("aging", "AGING_INTERVAL"), reserve_after),
        BatchLimits(
            setting("lease_seconds", "LEASE_SECONDS"), setting("lease_jobs", "LEASE_MAX_JOBS")
        ),
        options["round"],
    )


@contextmanager
def _no_collector() -> Iterator[None]:
    """Nothing here is cyclic: looking for cycles among a million jobs would take half the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(file=sys.stderr)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Placing", total=total)
        yield lambda placed: progress.update(task, completed=placed)
