"""What a real worker says of itself when it starts, and what stops it from starting."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.support.platform import Platform


@pytest.fixture(scope="module")
def platform(
    make_platform: Callable[..., AbstractContextManager[Platform]],
) -> Iterator[Platform]:
    with make_platform() as platform:
        yield platform


def test_labels_are_those_of_the_latest_start(platform: Platform) -> None:
    platform.environment["CELERIAC_LABELS"] = "gpu=true, example.com/zone=a"
    platform.worker("w1", slots=1, pool="threads")
    labels = platform.executor("w1")["labels"]
    assert labels == {"gpu": "true", "example.com/zone": "a"}
    platform.retire("w1")
    del platform.environment["CELERIAC_LABELS"]
    platform.worker("w1", slots=1, pool="threads")
    assert platform.executor("w1")["labels"] == {}
    platform.retire("w1")


def test_a_worker_whose_labels_are_wrong_says_why_and_ends(platform: Platform) -> None:
    platform.environment["CELERIAC_LABELS"] = "gpu=true,zone"
    worker = platform.process(
        "w2", sys.executable, "-m", "celery", "-A", "config", "worker", "-n", "w2", "-P", "solo"
    )
    assert worker.wait() == 1
    wanted = "The labels 'gpu=true,zone' can't be used: 'zone' lacks a value; write it as zone=true"
    assert wanted in worker.said()
    assert platform.executor("w2") == {}
    del platform.environment["CELERIAC_LABELS"]
