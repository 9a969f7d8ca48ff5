"""What pages can be told of: a kind of topic is a file here and a line in `SOURCES`."""

from __future__ import annotations

from dashboard.live.sources import chart, executors, job, jobs, overview, slots, tasks
from dashboard.live.sources.source import Source, are_ids, is_id

SOURCES: dict[str, Source] = {
    "overview": Source(overview.read),
    "chart": Source(chart.read, takes_argument=True, accepts=chart.accepts, every=2.0),
    "jobs": Source(jobs.read, takes_argument=True, accepts=are_ids),
    "job": Source(job.read, takes_argument=True, accepts=is_id),
    "executors": Source(executors.read),
    "slots": Source(slots.read, takes_argument=True, accepts=are_ids),
    "tasks": Source(tasks.read, takes_argument=True, accepts=are_ids),
}
