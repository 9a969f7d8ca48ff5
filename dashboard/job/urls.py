"""The paths of the pages of one job, below /ui/."""

from __future__ import annotations

from django.urls import path

from dashboard.job.views import CancelJob, JobLog, JobPage, JobParts, RetryJob, SetPriority

urlpatterns = [
    path("jobs/<uuid:job_id>", JobPage.as_view(), name="job"),
    path("jobs/<uuid:job_id>/parts", JobParts.as_view(), name="job_parts"),
    path("jobs/<uuid:job_id>/log.txt", JobLog.as_view(), name="job_log"),
    path("jobs/<uuid:job_id>/cancel", CancelJob.as_view(), name="job_cancel"),
    path("jobs/<uuid:job_id>/retry", RetryJob.as_view(), name="job_retry"),
    path("jobs/<uuid:job_id>/priority", SetPriority.as_view(), name="job_priority"),
]
