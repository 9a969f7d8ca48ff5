"""The pages of executors, leases and executions in Django's admin."""

from executors.admin import balancing, executions, executors, jobs, leases, members, xxl_job

__all__ = ["balancing", "executions", "executors", "jobs", "leases", "members", "xxl_job"]
