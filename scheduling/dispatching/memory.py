"""What load-balance strategies remember from one round to the next, and for the next leader."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta

from executors.balancing.strategy import State
from jobs.sql import Cursor, Statement, array
from jobs.wishes import LoadBalanceStrategy
from scheduling.placement import Memory, QueuedJob, Subject


def subjects(jobs: Iterable[QueuedJob]) -> set[str]:
    """For which of them choices are remembered."""
    return {job.balance.subject for job in jobs if job.balance}


_RECALL = Statement(
    """
    SELECT date_part('epoch', now()), state.subject, state.strategy, state.state::text
      FROM (SELECT) always
      LEFT JOIN executors_loadbalancestate state ON state.subject = ANY($1::text[])
    """
)


def recall(cursor: Cursor, jobs: Iterable[QueuedJob]) -> Memory:
    """What the strategies of these jobs remember."""
    wanted = subjects(jobs)
    if not wanted:
        return Memory()
    _RECALL.run(cursor, array(wanted))
    rows = cursor.fetchall()
    states = {
        (subject, LoadBalanceStrategy(strategy)): json.loads(state)
        for _, subject, strategy, state in rows
        if subject
    }
    return Memory(states, rows[0][0])


KEPT = timedelta(days=90)
"""What nobody's choice has moved for so long is forgotten."""


def forget(cursor: Cursor) -> None:
    """Removes what is remembered of tasks and types that are no longer used."""
    cursor.execute("DELETE FROM executors_loadbalancestate WHERE updated_at < now() - %s", (KEPT,))


_REMEMBER = Statement(
    """
    INSERT INTO executors_loadbalancestate (subject, strategy, state)
    SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[])
        ON CONFLICT (subject, strategy)
        DO UPDATE SET state = excluded.state, updated_at = now()
    """
)


def remember(cursor: Cursor, states: Mapping[Subject, State]) -> None:
    """Stores what strategies remember now; in the transaction that makes what they chose."""
    if states:
        _REMEMBER.run(
            cursor,
            array(subject for subject, _ in states),
            array(strategy for _, strategy in states),
            array(json.dumps(state) for state in states.values()),
        )
