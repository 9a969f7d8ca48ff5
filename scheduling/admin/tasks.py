"""Tasks, to be made, changed, steered and looked at."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from jobs.admin.base import LongListAdmin, anchor, as_json
from jobs.errors import CeleriacError
from jobs.permissions import Role
from scheduling.admin.filters import EnabledFilter, TypeFilter
from scheduling.admin.links import LinkInline
from scheduling.admin.steering import SteeringMixin
from scheduling.admin.task_form import TaskForm
from scheduling.api.queries import in_words
from scheduling.defining import definitions, editing, showing, timetables
from scheduling.defining.preview import preview
from scheduling.defining.timing import UnknownSchedule
from scheduling.models import Task

SHOWN = 5
"""Next ticks on a task's page."""
COLOURS = {"enabled": "success", "paused": "info", "problem": "danger"}
LOOKED_AT = {("cron_expression", "timezone"): "schedule", "retry": "retry_policy"}
"""What stands for fields of the form where a task is only looked at."""


@admin.register(Task)
class TaskAdmin(SteeringMixin, LongListAdmin):
    """Definitions that make jobs again and again."""

    page = "task"
    change_role = Role.OPERATOR
    change_form_outer_before_template = "admin/scheduling/task/steering.html"
    form = TaskForm
    list_display = (
        "name_shown", "type", "state", "schedule", "execution_mode", "next_run", "last_run",
    )  # fmt: skip
    list_filter = (EnabledFilter, TypeFilter, ("execution_mode", ChoicesDropdownFilter))
    list_defer = ("payload",)
    search_fields = ("id",)
    search_help_text = "An id, or text in a name or type."
    text_lookups = ("periodic_task__name__icontains", "type")
    list_select_related = (
        "periodic_task__crontab", "periodic_task__interval", "periodic_task__next_run",
    )  # fmt: skip
    autocomplete_fields = ("on_success", "on_failure", "calendar")
    inlines = (LinkInline,)
    readonly_fields = (
        "next_ticks", "jobs", "pretty_problem", "periodic", "next_run", "last_run", "failures",
        "created_at", "updated_at", "created_by",
    )  # fmt: skip
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "enabled"),
                    "description",
                    ("cron_expression", "timezone"),
                    ("start_at", "end_at"),
                    ("type", "priority"),
                    "payload",
                    "pretty_problem",
                )
            },
        ),
        (
            "Ticks",
            {
                "fields": (
                    ("execution_mode", "max_pending"),
                    ("misfire_policy", "misfire_grace", "misfire_limit"),
                    ("calendar", "calendar_policy"),
                    ("next_run", "last_run"),
                    "next_ticks",
                )
            },
        ),
        (
            "Jobs",
            {
                "fields": (
                    ("max_attempts", "timeout"),
                    "retry",
                    ("on_success", "on_failure"),
                    ("pause_after_failures", "failures"),
                    "jobs",
                )
            },
        ),
        (
            "Placement",
            {
                "fields": (
                    ("thread_demand", "chunks"),
                    ("placement", "on_shortage"),
                    "requires",
                    ("load_balance_strategy", "executor_group", "handler"),
                )
            },
        ),
        ("Origin", {"fields": (("created_at", "updated_at", "created_by"), "periodic")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Task | None = None) -> Any:
        """All fields, or what can be looked at."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {"fields": [LOOKED_AT.get(row, row) for row in options["fields"]]})
            for title, options in fieldsets
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a task, with buttons for those who may steer it."""
        context = (extra_context or {}) | {"can_steer": self.has_steer_permission(request)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def save_model(self, request: HttpRequest, obj: Task, form: Any, change: bool) -> None:
        """Saves what the form was read as, with the periodic task."""
        if not change:
            obj.created_by = request.user.get_username()
        editing.write_task(obj, form.request, form.plan, payload_is_new=form.payload_is_new)

    def delete_model(self, request: HttpRequest, obj: Task) -> None:
        """Removes it with its periodic task."""
        del request
        definitions.delete([str(obj.pk)])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """Removes them with their periodic tasks."""
        del request
        definitions.delete([str(task.pk) for task in queryset])

    @display(description="name")
    def name_shown(self, task: Task) -> str:
        """Its name, which is a column of its periodic task."""
        return task.name

    @display(description="state", label=COLOURS)
    def state(self, task: Task) -> str:
        """Whether it has ticks, and whether the last one went wrong."""
        if task.problem:
            return "problem"
        return "enabled" if task.enabled else "paused"

    @display(description="schedule")
    def schedule(self, task: Task) -> str:
        """As written, and in words."""
        try:
            found = showing.read(task)
        except UnknownSchedule as error:
            return str(error)
        if found.expression is None:
            return "only triggered"
        return f"{in_words(found) or found.expression} ({found.timezone})"

    @display(description="next tick")
    def next_run(self, task: Task) -> Any:
        """When it fires next."""
        return task.next_run_at if task.periodic_task_id else None

    @display(description="last tick")
    def last_run(self, task: Task) -> Any:
        """When it fired last."""
        return task.last_run_at if task.periodic_task_id else None

    @display(description="next ticks")
    def next_ticks(self, task: Task) -> SafeString | str:
        """The next few, in its zone."""
        if not task.periodic_task_id:
            return "-"
        try:
            found = timetables.of_task(str(task.pk))
            zone = ZoneInfo(showing.read(task).timezone)
        except CeleriacError as error:
            return str(error)
        if found.schedule is None:
            return "-"
        ticks = preview(found.schedule, found.rules, zone, timezone.now(), SHOWN)
        return format_html_join("", "<div>{}</div>", ((tick.words,) for tick in ticks)) or "-"

    @display(description="jobs")
    def jobs(self, task: Task) -> SafeString | str:
        """What it made lately."""
        if not task.periodic_task_id:
            return "-"
        return anchor(f"{reverse('admin:jobs_job_changelist')}?q={task.pk}", "latest jobs")

    @display(description="problem")
    def pretty_problem(self, task: Task) -> SafeString | str:
        """Why its last tick could not be made into a job to run."""
        return as_json(task.problem)

    @display(description="periodic task")
    def periodic(self, task: Task) -> SafeString | str:
        """What django-celery-beat shows of it."""
        if not task.periodic_task_id:
            return "-"
        page = "admin:django_celery_beat_periodictask_change"
        return anchor(reverse(page, args=[task.periodic_task_id]), task.name)
