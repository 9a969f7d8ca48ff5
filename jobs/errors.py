"""The errors that Celeriac raises. An error's docstring is its message; its fields fill it in."""

from __future__ import annotations


class CeleriacError(Exception):
    """Something went wrong."""

    code = "error"

    def __init__(self, **fields: object) -> None:
        self.fields = fields
        text = " ".join((type(self).__doc__ or "").split())
        super().__init__(text.format(**fields))


class JobNotFound(CeleriacError):
    """There is no job {id}."""

    code = "job_not_found"


class UnknownJobType(CeleriacError):
    """There is no job type {name!r}; GET /api/v1/job-types lists those there are."""

    code = "unknown_job_type"


class BadSignature(CeleriacError):
    """{handler} can't be a job type: {reason}."""

    code = "bad_signature"


class NotCancellable(CeleriacError):
    """The job is {status} already, so it can't be cancelled."""

    code = "not_cancellable"


class NotWaiting(CeleriacError):
    """The job is {status}; its priority can be changed only while it waits."""

    code = "not_waiting"


class NotFinished(CeleriacError):
    """The job is {status}; only a finished job can be retried."""

    code = "not_finished"


class JobCancelled(CeleriacError):
    """The job was cancelled while it ran."""

    code = "cancelled"


class DeadlineExceeded(CeleriacError):
    """The job ran for longer than its timeout of {timeout:g} s."""

    code = "timeout"


class DoNotRetry(CeleriacError):
    """{reason}"""

    code = "failed"

    def __init__(self, reason: str, *, code: str = "failed") -> None:
        self.code = code
        super().__init__(reason=reason)


class ArtifactNotFound(CeleriacError):
    """There is no artifact {id}."""

    code = "artifact_not_found"


class ArtifactTooLarge(CeleriacError):
    """The file is larger than the limit of {limit} bytes."""

    code = "artifact_too_large"
