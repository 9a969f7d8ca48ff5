"""How the ticks of tasks come into being as jobs.

SQL for a WITH clause, as in `running`: the caller's statement has an item `tick` with a row for
each job-to-be. One that is dropped or can't be run is born final, with the reason as its error.
"""

from __future__ import annotations

from jobs.states import FINAL

_FINAL = ", ".join(f"'{state}'" for state in sorted(FINAL))

TICK = f"""
    INSERT INTO jobs_job
          (id, type, payload, name, priority, thread_demand, chunks, placement, on_shortage,
           requires, placement_class, max_attempts, timeout, retry, task_id, scheduled_for,
           parent_id, depth, turn, follow_up, submitted_by, load_balance_strategy, external, status,
           error, created_at, available_at, completed_at, attempt, isolated)
    SELECT id, type, payload, name, priority, thread_demand, chunks, placement, on_shortage,
           requires, placement_class, max_attempts, timeout, retry, task_id, scheduled_for,
           parent_id, depth, turn, follow_up, submitted_by, load_balance_strategy, external, status,
           error, now(), now(),
           CASE WHEN status IN ({_FINAL}) THEN now() END, 0, false
      FROM tick ORDER BY id
    -- A tick is made once, whoever makes it and however often.
    ON CONFLICT (task_id, scheduled_for) WHERE task_id IS NOT NULL AND scheduled_for IS NOT NULL
    DO NOTHING
    RETURNING id, status
"""
