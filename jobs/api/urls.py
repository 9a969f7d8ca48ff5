"""Paths of the API of this app, below /api/v1/, and the short ones."""

from __future__ import annotations

from django.urls import path

from jobs.api.views.artifacts import ArtifactContent, Artifacts, OneArtifact
from jobs.api.views.job import (
    ActiveJob,
    CancelJob,
    JobEvents,
    OneJob,
    RetryJob,
    StoredJob,
)
from jobs.api.views.jobs import ActiveJobs, BulkJobs, Jobs, StoredJobs
from jobs.api.views.types import JobTypes, OneJobType

urlpatterns = [
    path("jobs", Jobs.as_view(), name="jobs"),
    path("jobs/bulk", BulkJobs.as_view(), name="bulk-jobs"),
    path("jobs/<uuid:job_id>", OneJob.as_view(), name="job"),
    path("jobs/<uuid:job_id>/cancel", CancelJob.as_view(), name="cancel-job"),
    path("jobs/<uuid:job_id>/retry", RetryJob.as_view(), name="retry-job"),
    path("jobs/<uuid:job_id>/events", JobEvents.as_view(), name="job-events"),
    path("job-types", JobTypes.as_view(), name="job-types"),
    path("job-types/<str:name>", OneJobType.as_view(), name="job-type"),
    path("artifacts", Artifacts.as_view(), name="artifacts"),
    path("artifacts/<uuid:artifact_id>", OneArtifact.as_view(), name="artifact"),
    path(
        "artifacts/<uuid:artifact_id>/content", ArtifactContent.as_view(), name="artifact-content"
    ),
]

short_urlpatterns = [
    path("jobs", ActiveJobs.as_view(), name="active-jobs"),
    path("jobs/<uuid:job_id>", ActiveJob.as_view(), name="active-job"),
    path("db/jobs", StoredJobs.as_view(), name="stored-jobs"),
    path("db/jobs/<uuid:job_id>", StoredJob.as_view(), name="stored-job"),
]
