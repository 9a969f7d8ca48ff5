"""What an executor says of an execution from outside a worker: by a callback, an answer, a log.

`accept_report` is the one way in, whatever the protocol.
"""

from executors.reports.acceptance import accept_report
from executors.reports.report import Failure, Progress, Report, ReportStatus

__all__ = ["Failure", "Progress", "Report", "ReportStatus", "accept_report"]
