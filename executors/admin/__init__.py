"""The pages of executors, leases and executions in Django's admin."""

from executors.admin import executions, executors, jobs, leases

__all__ = ["executions", "executors", "jobs", "leases"]
