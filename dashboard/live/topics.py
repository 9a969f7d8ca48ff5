"""What a page asks to be told of, as text: `overview jobs:ID,ID executors`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dashboard.live.sources import SOURCES
from jobs.invalid import ErrorList

TOPICS_MAX = 8
"""Topics of one stream."""
IDS_MAX = 200
"""Ids in all of them."""

LIMITS = f"Ask for up to {TOPICS_MAX} topics with up to {IDS_MAX} ids in all."


def read(text: str) -> list[str]:
    """The topics in a text, each once; raises `InvalidRequest`."""
    errors = ErrorList()
    topics = list(dict.fromkeys(text.split()))
    if not topics:
        errors.add(["topics"], "required", "Name the topics to be told of.")
    if len(topics) > TOPICS_MAX or text.count(",") + len(topics) > IDS_MAX:
        errors.add(["topics"], "too_many", LIMITS)
    else:
        for topic in topics:
            if wrong := _wrong(topic):
                errors.add(["topics"], "unknown_topic", wrong)
    errors.check()
    return topics


def by_kind(topics: Iterable[str]) -> dict[str, set[str]]:
    """Arguments by kind of topic."""
    found: dict[str, set[str]] = defaultdict(set)
    for topic in topics:
        kind, _, argument = topic.partition(":")
        found[kind].add(argument)
    return found


def name(kind: str, argument: str) -> str:
    """The topic of a kind with an argument, which may be empty."""
    return f"{kind}:{argument}" if argument or SOURCES[kind].takes_argument else kind


def _wrong(topic: str) -> str | None:
    """What is wrong with a topic, if anything."""
    kind, colon, argument = topic.partition(":")
    source = SOURCES.get(kind)
    if source is None or bool(colon) is not source.takes_argument:
        shown = ", ".join(sorted(f"{kind}:…" if s.takes_argument else kind
                                 for kind, s in SOURCES.items()))  # fmt: skip
        return f"There is no topic {topic[:40]!r}; there are {shown}."
    return None if source.accepts(argument) else f"{topic[:40]!r} names nothing of that kind."
