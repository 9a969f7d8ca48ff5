"""The diagrams in docs/state-machine.md against the states and moves in the code."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from executors.states import LIVE, UNFINISHED, ExecutionState, ExecutorStatus, LeaseState
from jobs.states import FINAL, MOVES, JobState

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs/state-machine.md").read_text()
Arrow = tuple[str, str, str]


def arrows(heading: str) -> list[Arrow]:
    """Source, target and label of each arrow in the diagram below a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    diagram = re.search(r"```mermaid\nstateDiagram-v2\n(.*?)```", section, re.DOTALL)[1]
    found = []
    for line in diagram.splitlines():
        match = re.fullmatch(r"    (\S+) --> (\S+?)(?:: (.+))?", line)
        assert match, line
        found.append((match[1], match[2], match[3] or ""))
    assert len(found) == len(set(found))
    return found


def test_the_moves_of_jobs_are_drawn_all_and_no_others():
    drawn = {arrow for arrow in arrows("Jobs") if "[*]" not in arrow}
    assert drawn == {
        (source.value, target.value, verb)
        for verb, move in MOVES.items()
        for source in move.sources
        for target in move.targets
    }


@pytest.mark.parametrize(
    ("heading", "states", "final"),
    [
        ("Jobs", JobState, FINAL),
        ("Leases", LeaseState, set(LeaseState) - set(LIVE)),
        ("Executions", ExecutionState, set(ExecutionState) - set(UNFINISHED)),
        ("Executors", ExecutorStatus, set()),
    ],
)
def test_every_state_is_drawn_and_final_ones_lead_nowhere(
    heading: str, states: type[StrEnum], final: set[str]
):
    drawn = arrows(heading)
    assert {end for arrow in drawn for end in arrow[:2]} - {"[*]"} == set(states)
    assert {source for source, target, _ in drawn if target == "[*]"} == set(final)
    for source, target, _ in drawn:
        assert source not in final or target == "[*]", (source, target)


def test_every_state_of_jobs_is_explained():
    rows = re.findall(r"^\| ([a-z, ]+) \|", PAGE, re.MULTILINE)
    explained = {name for row in rows for name in row.split(", ")} - {"state"}
    assert explained == set(JobState)
