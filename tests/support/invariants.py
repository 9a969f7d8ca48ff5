"""The invariants of Celeriac, as SQL that returns the rows that break them."""

from __future__ import annotations

from typing import Any

from tests.support.database import Database

ALL_FINAL = """
    SELECT id, type, status, attempt, executor FROM jobs_job
     WHERE status NOT IN ('completed', 'failed', 'cancelled')
"""

COMPLETED_ONCE_AND_FENCED = """
    SELECT job.id, job.status, job.execution_id, count(execution.id) AS completions
      FROM jobs_job job
      LEFT JOIN executors_execution execution
        ON execution.job_id = job.id AND execution.state = 'completed'
       AND execution.kind <> 'chunk'
     WHERE job.load_balance_strategy IS DISTINCT FROM 'broadcast'
     GROUP BY job.id
    HAVING count(execution.id) <> (job.status = 'completed')::int
        OR (job.status = 'completed' AND bool_or(execution.id <> job.execution_id))
"""

RESULT_IS_FUNCTION_OF_PAYLOAD = """
    SELECT id, type, payload, result FROM jobs_job
     WHERE (status = 'completed') <> (result IS NOT NULL)
        OR (status = 'completed' AND load_balance_strategy IS DISTINCT FROM 'broadcast'
            AND result IS DISTINCT FROM CASE type
            WHEN 'echo' THEN jsonb_build_object('n', payload->'n')
            WHEN 'nap' THEN jsonb_build_object('n', payload->'n')
            WHEN 'member' THEN jsonb_build_object('n', payload->'n')
            WHEN 'noop' THEN '{}'
            WHEN 'add_numbers'
            THEN jsonb_build_object('sum', (payload->>'a')::numeric + (payload->>'b')::numeric)
            WHEN 'reverse_string' THEN jsonb_build_object('text', reverse(payload->>'text'))
            WHEN 'shards'
            THEN jsonb_build_object('n', (SELECT sum((shard->'n')::int)
                                            FROM jsonb_array_elements(payload->'shards') shard))
            ELSE result END)
"""

COMBINED_AFTER_ALL_CHUNKS = """
    SELECT job.id, job.chunk_count, count(DISTINCT chunk.chunk) AS completed,
           max(chunk.completed_at) AS last_chunk, combine.started_at AS combined
      FROM jobs_job job
      LEFT JOIN executors_execution combine
        ON combine.job_id = job.id AND combine.kind = 'combine' AND combine.state = 'completed'
      LEFT JOIN executors_execution chunk
        ON chunk.job_id = job.id AND chunk.kind = 'chunk' AND chunk.state = 'completed'
     WHERE job.chunk_count IS NOT NULL AND job.status = 'completed'
       AND job.load_balance_strategy IS DISTINCT FROM 'broadcast'
     GROUP BY job.id, combine.id
    HAVING combine.id IS NULL OR count(DISTINCT chunk.chunk) <> job.chunk_count
        OR combine.started_at < max(chunk.completed_at)
"""

BROADCAST_TO_ALL_ONCE = """
    SELECT job.id, job.status, job.chunk_count, job.result, count(shard.id) AS completed,
           count(DISTINCT shard.chunk) AS shards, count(DISTINCT shard.executor_id) AS executors
      FROM jobs_job job
      LEFT JOIN executors_execution shard
        ON shard.job_id = job.id AND shard.kind = 'shard' AND shard.state = 'completed'
     WHERE job.load_balance_strategy = 'broadcast'
     GROUP BY job.id
    HAVING count(shard.id) <> count(DISTINCT shard.chunk)
        OR count(shard.id) <> count(DISTINCT shard.executor_id)
        OR job.status = 'completed'
           AND (count(shard.id) <> job.chunk_count
                OR jsonb_array_length(job.result) <> job.chunk_count
                OR job.completed_at < max(shard.completed_at)
                OR job.execution_id <> ALL (array_agg(shard.id)))
        OR EXISTS (SELECT FROM executors_execution one
                    WHERE one.job_id = job.id AND one.kind = 'shard'
                    GROUP BY one.chunk HAVING count(DISTINCT one.executor_id) > 1)
"""

NO_LIVE_LEASE_AT_REST = """
    SELECT lease.id, lease.state, executor.name FROM executors_lease lease
      JOIN executors_executor executor ON executor.id = lease.executor_id
     WHERE lease.state IN ('assigned', 'claimed')
"""

NO_UNFINISHED_EXECUTION_AT_REST = """
    SELECT execution.id, execution.state, lease.state AS lease_state
      FROM executors_execution execution LEFT JOIN executors_lease lease ON lease.id = lease_id
     WHERE execution.state IN ('queued', 'assigned', 'running')
"""

# A lost lease is closed when its loss is noticed, which is after its work has ended: another may
# have taken its slot in between. So only leases that ended by themselves are counted.
CLAIMED_WITHIN_SLOTS = """
    WITH edge AS (
        SELECT executor_id, claimed_at AS at, slots FROM executors_lease
         WHERE claimed_at IS NOT NULL AND state <> 'lost'
        UNION ALL
        SELECT executor_id, closed_at, -slots FROM executors_lease
         WHERE claimed_at IS NOT NULL AND closed_at IS NOT NULL AND state <> 'lost'
    ), used AS (
        SELECT executor_id, at, sum(sum(slots)) OVER (PARTITION BY executor_id ORDER BY at) AS slots
          FROM edge GROUP BY executor_id, at
    )
    SELECT executor.name, executor.slots, used.slots AS used, used.at
      FROM used JOIN executors_executor executor ON executor.id = used.executor_id
     WHERE used.slots > executor.slots
"""

TICK_IS_MADE_ONCE_AND_NOT_EARLY = """
    SELECT task_id, scheduled_for, count(*) FROM jobs_job
     WHERE task_id IS NOT NULL AND scheduled_for IS NOT NULL
     GROUP BY task_id, scheduled_for
    HAVING count(*) > 1 OR min(created_at) < scheduled_for
"""

TIMES_IN_ORDER = """
    SELECT id, status, created_at, available_at, started_at, completed_at FROM jobs_job
     WHERE started_at < available_at OR completed_at < started_at OR completed_at < created_at
        OR (status IN ('queued', 'scheduled') AND started_at IS NOT NULL)
        OR completed_at > now() + interval '1 s'
    UNION ALL
    SELECT id, state, assigned_at, published_at, claimed_at, closed_at FROM executors_lease
     WHERE claimed_at < assigned_at OR closed_at < claimed_at OR closed_at < assigned_at
    UNION ALL
    SELECT id, state, NULL, NULL, started_at, completed_at FROM executors_execution
     WHERE completed_at < started_at
        OR (state IN ('completed', 'failed') AND (started_at IS NULL OR completed_at IS NULL))
"""

AT_REST = {
    "I1 every job is final": ALL_FINAL,
    "I2 a job completes once, by the execution that it names": COMPLETED_ONCE_AND_FENCED,
    "I3 a result is a function of the payload": RESULT_IS_FUNCTION_OF_PAYLOAD,
    "I4 no lease is live at rest": NO_LIVE_LEASE_AT_REST,
    "I4 no execution is unfinished at rest": NO_UNFINISHED_EXECUTION_AT_REST,
    "I4 claimed leases fit the slots at any time": CLAIMED_WITHIN_SLOTS,
    "I5 a tick is made once, and not before its time": TICK_IS_MADE_ONCE_AND_NOT_EARLY,
    "I6 a job's chunks are combined once, after all of them": COMBINED_AFTER_ALL_CHUNKS,
    "I6 a broadcast is complete once each executor has completed its own shard, once": (
        BROADCAST_TO_ALL_ONCE
    ),
    "times are in order": TIMES_IN_ORDER,
}


def is_at_rest(database: Database) -> bool:
    """Whether every job has ended, and with it all work on it, which may take a moment longer."""
    under_way = (ALL_FINAL, NO_LIVE_LEASE_AT_REST, NO_UNFINISHED_EXECUTION_AT_REST)
    return not any(database.query(statement) for statement in under_way)


def violations(database: Database) -> dict[str, list[Any]]:
    """The rows that break each invariant, once nothing is under way; empty if all hold."""
    found = {name: database.query(statement) for name, statement in AT_REST.items()}
    return {name: [dict(row) for row in rows[:10]] for name, rows in found.items() if rows}


def foreign_sessions(database: Database) -> list[Any]:
    """Sessions of others in this database: none once all its processes have ended."""
    return database.query(
        """
        SELECT pid, application_name, state, query FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND backend_type = 'client backend'
        """
    )
