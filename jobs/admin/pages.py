"""Jobs, their events and their files."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from jobs.admin.base import RECENT, LookOnlyAdmin, LookOnlyInline, anchor, as_json, link
from jobs.admin.filters import PriorityFilter, StatusFilter, TypeFilter
from jobs.admin.steering import SteeringAdmin, offers
from jobs.models import Artifact, Job, JobEvent
from jobs.readable import duration, file_size
from jobs.states import JobState

COLOURS = {
    JobState.WAITING.value: "info",
    JobState.SCHEDULED.value: "info",
    JobState.QUEUED.value: "info",
    JobState.ASSIGNED.value: "warning",
    JobState.RUNNING.value: "warning",
    JobState.COMPLETED.value: "success",
    JobState.FAILED.value: "danger",
}


class JobEventInline(LookOnlyInline):
    """What was out of the ordinary in the life of the job."""

    model = JobEvent
    fields = ("at", "kind", "actor", "data")
    readonly_fields = fields
    verbose_name_plural = "events"


class JobAdmin(SteeringAdmin):
    """Jobs, to be looked at and steered."""

    page = "job"
    change_form_outer_before_template = "admin/jobs/job/steering.html"
    list_display = (
        "name", "type", "state", "priority", "executor", "attempts", "created_at",
        "waited", "ran",
    )  # fmt: skip
    list_filter = (StatusFilter, TypeFilter, PriorityFilter)
    list_defer = ("payload", "result", "error", "progress")
    search_fields = ("id",)
    search_help_text = f"An id; or a name, type or executor among the latest {RECENT:,} jobs."
    uuid_lookups = ("id", "retry_of", "task_id")
    text_lookups = ("name__icontains", "type", "executor", "unique_key")
    inlines: Any = (JobEventInline,)
    fieldsets = (
        (None, {"fields": ("id", "name", "type", "state", "priority", "pretty_progress")}),
        ("Work", {"fields": ("pretty_payload", "pretty_result", "pretty_error", "files")}),
        (
            "Time",
            {
                "fields": (
                    ("created_at", "run_at", "available_at"),
                    ("started_at", "completed_at", "cancel_requested_at"),
                    ("waited", "ran", "took"),
                )
            },
        ),
        (
            "Placement",
            {
                "fields": (
                    ("executor", "thread_demand", "isolated"),
                    ("chunks", "chunk_count", "placement", "on_shortage", "pretty_requires"),
                    ("attempts", "timeout", "unique_key"),
                    ("submitted_by", "original", "execution_id"),
                    ("task", "scheduled_for"),
                )
            },
        ),
    )

    @display(description="state", label=COLOURS)
    def state(self, job: Job) -> str:
        """The state, in its colour."""
        return job.status

    @display(description="attempt")
    def attempts(self, job: Job) -> str:
        """Which of how many."""
        return f"{job.attempt} of {job.max_attempts}"

    @display(description="queue time")
    def waited(self, job: Job) -> str:
        """How long it waited for a slot."""
        return duration(job.queue_time)

    @display(description="execution time")
    def ran(self, job: Job) -> str:
        """How long it ran."""
        return duration(job.execution_time)

    @display(description="total time")
    def took(self, job: Job) -> str:
        """How long it took from its submission to its end."""
        return duration(job.total_time)

    @display(description="task")
    def task(self, job: Job) -> SafeString | str:
        """What made it."""
        return link("scheduling_task", job.task_id, job.task_id)

    @display(description="payload")
    def pretty_payload(self, job: Job) -> SafeString | str:
        """What the handler got."""
        return as_json(job.payload)

    @display(description="result")
    def pretty_result(self, job: Job) -> SafeString | str:
        """What the handler returned."""
        return as_json(job.result)

    @display(description="error")
    def pretty_error(self, job: Job) -> SafeString | str:
        """Why it failed, with line breaks where the traceback has them."""
        if not job.error:
            return "-"
        text = "\n".join(str(job.error.get(key, "")) for key in ("code", "message", "traceback"))
        return format_html('<pre class="whitespace-pre-wrap font-mono">{}</pre>', text.strip())

    @display(description="progress")
    def pretty_progress(self, job: Job) -> str:
        """How far it is."""
        if not job.progress:
            return "-"
        return f"{job.progress['fraction']:.0%} {job.progress['message']}"

    @display(description="required labels")
    def pretty_requires(self, job: Job) -> str:
        """What an executor must be, as in its own setting."""
        return ",".join(f"{name}={value}" for name, value in job.requires.items()) or "-"

    @display(description="retry of")
    def original(self, job: Job) -> SafeString | str:
        """The job that this one is a copy of."""
        return link("jobs_job", job.retry_of, job.retry_of)

    @display(description="artifacts")
    def files(self, job: Job) -> SafeString:
        """The files that it made."""
        return anchor(
            f"{reverse('admin:jobs_artifact_changelist')}?q={job.id}", "files of this job"
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a job, with buttons for those who may steer it."""
        job = self.get_object(request, object_id)
        offered = offers(job) if job and self.has_steer_permission(request) else {}
        context = (extra_context or {}) | offered
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page


@admin.register(JobEvent)
class JobEventAdmin(LookOnlyAdmin):
    """What was out of the ordinary in the lives of jobs."""

    list_display = ("at", "kind", "job_link", "actor", "data")
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_fields = ("job_id",)
    search_help_text = f"The id of a job; or a user among the latest {RECENT:,} events."
    uuid_lookups = ("job_id",)
    text_lookups = ("actor",)
    fields = ("at", "kind", "job_link", "actor", "data")

    @display(description="job")
    def job_link(self, event: JobEvent) -> SafeString | str:
        """The job that it happened to."""
        return link("jobs_job", event.job_id, event.job_id)


@admin.register(Artifact)
class ArtifactAdmin(LookOnlyAdmin):
    """Files that payloads and results refer to."""

    list_display = ("name", "content_type", "bytes", "job_link", "created_by", "created_at")
    search_fields = ("id",)
    search_help_text = f"An id, of a job too; or a name among the latest {RECENT:,} files."
    uuid_lookups = ("id", "job_id")
    text_lookups = ("name__icontains", "created_by", "sha256")
    fields = (
        "id", "name", "content_type", "bytes", "sha256", "job_link", "created_by", "created_at",
        "content",
    )  # fmt: skip

    @display(description="size")
    def bytes(self, artifact: Artifact) -> str:
        """The size for people."""
        return file_size(artifact.size)

    @display(description="job")
    def job_link(self, artifact: Artifact) -> SafeString | str:
        """The job that made it."""
        return link("jobs_job", artifact.job_id, artifact.job_id)

    @display(description="content")
    def content(self, artifact: Artifact) -> SafeString:
        """Where to download it."""
        return anchor(reverse("artifact-content", args=[artifact.id]), "Download")


admin.site.register(Job, JobAdmin)
