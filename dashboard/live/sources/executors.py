"""All executors: whether they live, and what their slots do."""

from __future__ import annotations

import json
from collections.abc import Collection

from dashboard.live.sources.source import Data
from executors.states import LIVE
from jobs.sql import Cursor, array


def read(cursor: Cursor, _: Collection[str]) -> dict[str, Data]:
    """By id: `{name, status, slots, slots_used, types_used, last_heartbeat}`."""
    cursor.execute(
        """
        SELECT executor.id::text, name, status, executor.slots, last_heartbeat,
               coalesce(used.slots, 0), coalesce(used.types, '{}')
          FROM executors_executor executor
          LEFT JOIN (SELECT executor_id, sum(slots) AS slots, jsonb_object_agg(job_type, slots)
                            AS types
                       FROM (SELECT executor_id, job_type, sum(slots) AS slots
                               FROM executors_lease WHERE state = ANY(%s)
                              GROUP BY executor_id, job_type) by_type
                      GROUP BY executor_id) used ON used.executor_id = executor.id
        """,
        (array(LIVE),),
    )
    return {
        "": {
            id_: {
                "name": name,
                "status": status,
                "slots": slots,
                "slots_used": int(used),
                "types_used": json.loads(types),
                "last_heartbeat": heartbeat,
            }
            for id_, name, status, slots, heartbeat, used, types in cursor.fetchall()
        }
    }
