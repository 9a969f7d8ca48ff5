"""Plain Celery's side of `bench.chunks`: a chord of Celery tasks that do nothing."""

from __future__ import annotations

from typing import Any

from celery import chord

from bench.plain import app


@app.task(ignore_result=False)
def part(number: int) -> int:
    """Gives back its number."""
    return number


@app.task(ignore_result=False)
def total(numbers: list[int]) -> int:
    """Adds up."""
    return sum(numbers)


def run(parts: int) -> Any:
    """Runs a chord of so many parts, and waits for what its body returns."""
    return chord([part.s(n) for n in range(parts)])(total.s()).get(timeout=60, interval=0.005)
