"""The options of `manage.py simulate`, and what their text means."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from scheduling.simulation.load import Distribution, Shape, TypeLoad

DEFAULT_TYPES = (TypeLoad("quick", 0.5, 6), TypeLoad("medium", 2.0, 3), TypeLoad("slow", 10.0, 1))
DEFAULT_PRIORITIES = ((3, 0.25), (5, 0.5), (7, 0.25))
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def add(parser: ArgumentParser) -> None:
    """All options, in groups."""
    load = parser.add_argument_group("the load: made up, unless a file or history is named")
    source = load.add_mutually_exclusive_group()
    source.add_argument("--csv", type=Path, help="arrivals from a file; see docs/placement.md")
    source.add_argument(
        "--from-history", type=_past, metavar="24h", help="what really ended in the past so long"
    )
    load.add_argument("--jobs", type=_count(1), default=100_000, help="how many")
    pace = load.add_mutually_exclusive_group()
    pace.add_argument(
        "--load", type=_number(0.001, 1000), default=0.9, help="share of the slots asked for"
    )
    pace.add_argument("--rate", type=_number(0.001, 1e9), help="jobs a second")
    load.add_argument("--waiting", type=_count(0), default=0, help="jobs there at the start")
    load.add_argument(
        "--type",
        dest="types",
        type=type_load,
        action="append",
        metavar="NAME:SECONDS[:SHARE[:DISTRIBUTION]]",
        help=f"a type and how long its jobs last; {', '.join(Distribution)}",
    )
    load.add_argument(
        "--priority",
        dest="priorities",
        type=_priority,
        action="append",
        metavar="PRIORITY[:SHARE]",
        help="a priority and its share of the jobs",
    )
    load.add_argument(
        "--wide-share", type=_number(0, 1), default=0.0, help="share of jobs that are wide"
    )
    load.add_argument("--wide-demand", type=_count(2), default=8, help="threads of a wide job")
    load.add_argument("--seed", type=int, default=1)
    fleet = parser.add_argument_group("the executors")
    fleet.add_argument(
        "--executors", type=_count(1), help="how many; 10, but with --from-history those online"
    )
    fleet.add_argument("--slots", type=_count(1), default=16, help="of each of them")
    policy = parser.add_argument_group("the policy: as set for the dispatcher where left out")
    policy.add_argument("--aging", type=_number(0.001, 1e9), help="AGING_INTERVAL, seconds")
    reserve = policy.add_mutually_exclusive_group()
    reserve.add_argument("--reserve-after", type=_number(0, 1e9), help="RESERVE_AFTER, seconds")
    reserve.add_argument("--no-reserve", action="store_true", help="no reservations")
    policy.add_argument("--lease-seconds", type=_number(0.001, 3600), help="LEASE_SECONDS")
    policy.add_argument("--lease-jobs", type=_count(1), help="LEASE_MAX_JOBS")
    policy.add_argument(
        "--placement",
        choices=[shape.value for shape in Shape],
        help="of wide jobs; whole: they can't be split",
    )
    policy.add_argument(
        "--round", type=_number(0, 3600), default=0.05, help="seconds between rounds, at least"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")


def type_load(text: str) -> TypeLoad:
    """`NAME:SECONDS[:SHARE[:DISTRIBUTION]]`."""
    fields = text.split(":")
    name, seconds, share, kind = [*fields, "", "", ""][:4]
    if not name or not seconds or len(fields) > 4:
        message = f"{text!r} is not NAME:SECONDS[:SHARE[:DISTRIBUTION]]"
        raise ArgumentTypeError(message)
    if kind and kind not in list(Distribution):
        message = f"{kind!r} is none of {', '.join(Distribution)}"
        raise ArgumentTypeError(message)
    return TypeLoad(
        name,
        _number(1e-6, 1e9)(seconds),
        _number(1e-9, 1e9)(share) if share else 1.0,
        Distribution(kind or Distribution.EXPONENTIAL),
    )


def _priority(text: str) -> tuple[int, float]:
    priority, _, share = text.partition(":")
    if not priority.isdecimal() or int(priority) > 9:
        message = f"{priority!r} is not a priority from 0 to 9"
        raise ArgumentTypeError(message)
    return int(priority), _number(1e-9, 1e9)(share) if share else 1.0


def _past(text: str) -> timedelta:
    count, unit = text[:-1], text[-1:]
    if unit not in _UNITS:
        message = f"{text!r} is not a time such as 90s, 30m, 24h or 7d"
        raise ArgumentTypeError(message)
    return timedelta(seconds=_number(0.001, 1e6)(count) * _UNITS[unit])


def _number(least: float, most: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        # A NaN lies nowhere.
        if not least <= value <= most:
            message = f"{text!r} is not a number from {least:g} to {most:g}"
            raise ArgumentTypeError(message)
        return value

    return number


def _count(least: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        digits = text.replace("_", "").replace(",", "")
        if not digits.isdecimal() or int(digits) < least:
            message = f"{text!r} is not a whole number from {least}"
            raise ArgumentTypeError(message)
        return int(digits)

    return count
