"""SQL for a WITH clause: what follows for the other parts when a job ends, or one is tried again.

They stand after `ended (execution_id, …)`, the parts that the same statement ends already.
"""

from __future__ import annotations

DROP_PARTS = """
    UPDATE executors_execution execution
       SET state = 'cancelled', available_at = NULL, completed_at = now()
      FROM finished
     WHERE execution.job_id = finished.job_id AND execution.state IN ('queued', 'assigned')
       AND execution.id NOT IN (SELECT execution_id FROM ended)
    RETURNING execution.lease_id
"""
"""Cancels what has not started of the jobs in `finished (job_id)`, which are final."""

CLOSE_DROPPED = """
    UPDATE executors_lease lease SET state = 'released', closed_at = now()
      FROM dropped
     WHERE lease.id = dropped.lease_id AND lease.state = 'assigned'
"""
"""Frees the slots of the parts in `dropped (lease_id)`; those that run are told to stop."""

TRY_AGAIN = """
    INSERT INTO executors_execution
          (id, job_id, kind, chunk, executor_id, attempt, state, available_at)
    SELECT again.new_id, again.job_id, again.kind, again.chunk,
           CASE WHEN again.kind = 'shard' THEN again.executor_id END, again.attempt, 'queued',
           now() + again.delay * interval '1 s'
      FROM again
     WHERE again.job_id NOT IN (SELECT job_id FROM verdict)
"""
"""Queues parts anew, if no verdict fell; a shard for the same executor.

`again (new_id, job_id, kind, chunk, executor_id, attempt, delay)`
"""
