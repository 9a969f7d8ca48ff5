"""Rows of jobs, of what was out of the ordinary in their lives, and of their files.

`lifecycle` alone writes a Job's state.
"""

from jobs.models.artifacts import Artifact
from jobs.models.events import JobEvent
from jobs.models.jobs import Job

__all__ = ["Artifact", "Job", "JobEvent"]
