"""What happens to a job that was split: its chunks run, and one execution combines them.

Such a job names an execution that nobody has until the one that ended it, so that the verbs for
whole jobs never touch it; each part is fenced by its own execution's id and state. As in
`running`, the verbs are SQL for a WITH clause of `executors.leases`.
"""

from __future__ import annotations

from jobs.states import in_sources

FAN_OUT = f"""
    UPDATE jobs_job job
       SET status = 'assigned', execution_id = fan.id, executor = fan.executor,
           chunk_count = fan.chunks, width = fan.width, progress = NULL
      FROM fan
     WHERE job.id = fan.job_id AND job.status IN ({in_sources("fan_out")})
    RETURNING job.id AS job_id, job.attempt
"""
"""Splits queued jobs: `fan (job_id, id, executor, chunks, width)`."""

PLACE_PART = f"""
    UPDATE jobs_job job
       SET executor = latest.executor
      FROM (SELECT DISTINCT ON (job_id) job_id, executor FROM part ORDER BY job_id) latest
     WHERE job.id = latest.job_id AND job.status IN ({in_sources("start_part")})
       AND job.cancel_requested_at IS NULL
    RETURNING job.id AS job_id
"""
"""More parts of jobs under way get executors: `part (job_id, executor, …)`."""

START_PART = f"""
    UPDATE jobs_job job
       SET status = 'running', started_at = COALESCE(job.started_at, now()),
           attempt = GREATEST(job.attempt, placed.attempt)
      FROM placed
     WHERE job.id = placed.job_id AND job.chunk_count IS NOT NULL
       AND job.status IN ({in_sources("start_part")})
    RETURNING job.id AS job_id, placed.execution_id, job.type, job.payload, placed.attempt,
              job.max_attempts, job.timeout, job.cancel_requested_at IS NOT NULL AS cancelled,
              job.retry, job.parent_id, placed.kind, placed.chunk, job.chunk_count
"""
"""An executor begins with a part: `placed (job_id, execution_id, attempt, kind, chunk)`."""

LOCK_PARTED = f"""
    SELECT job.id AS job_id, job.cancel_requested_at IS NOT NULL AS cancelled
      FROM jobs_job job
     WHERE job.id IN (SELECT job_id FROM outcome) AND job.status IN ({in_sources("end_parted")})
     ORDER BY job.id
       FOR UPDATE
"""
"""Locks the jobs in `outcome (job_id)` that are under way, before any of their executions."""

_CHUNKS_DONE = "round(COALESCE((job.progress->>'fraction')::float8, 0) * job.chunk_count) + 1"

CHUNK_DONE = f"""
    UPDATE jobs_job job
       SET progress = jsonb_build_object(
               'fraction', LEAST(({_CHUNKS_DONE}) / job.chunk_count, 1),
               'message', {_CHUNKS_DONE} || ' of ' || job.chunk_count || ' ' || chunk_done.what)
      FROM chunk_done
     WHERE job.id = chunk_done.job_id
"""
"""Another chunk of the job in `chunk_done (job_id, what)`, which is locked, was completed.

The count is read from the row that is written: from a join it could be an older one.
"""

END_PARTED = f"""
    UPDATE jobs_job job
       SET status = verdict.state, result = verdict.result, error = verdict.error,
           execution_id = verdict.execution_id,
           started_at = CASE WHEN verdict.state = 'cancelled' THEN job.started_at
                             ELSE COALESCE(job.started_at, now()) END,
           completed_at = GREATEST(verdict.completed_at, job.started_at)
      FROM verdict
     WHERE job.id = verdict.job_id AND job.status IN ({in_sources("end_parted")})
    RETURNING job.id AS job_id, job.status
"""
"""Ends jobs for good: `verdict (job_id, execution_id, state, result, error, completed_at)`."""
