"""The pages of executors, leases, executions and processes in Django's admin."""

from executors.admin import (
    balancing,
    executions,
    executors,
    jobs,
    leases,
    members,
    processes,
    xxl_job,
)

__all__ = [
    "balancing",
    "executions",
    "executors",
    "jobs",
    "leases",
    "members",
    "processes",
    "xxl_job",
]
