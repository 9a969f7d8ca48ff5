"""django-celery-beat's schedules, with its own forms and checks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat.admin import ClockedScheduleAdmin as StockClockedAdmin
from django_celery_beat.admin import CrontabScheduleAdmin as StockCrontabAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as StockTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm as StockTaskForm
from django_celery_beat.admin import PeriodicTaskInline as StockInline
from django_celery_beat.admin import TaskSelectWidget as StockTaskSelect
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from jobs.admin.base import RoleAdmin
from jobs.admin.paginator import EstimatingPaginator
from scheduling.defining.periodic_edits import ELSEWHERE, SCHEDULES, is_marker, refusals
from scheduling.models import Task

for model in (PeriodicTask, CrontabSchedule, IntervalSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


class TaskSelect(UnfoldAdminSelectWidget, StockTaskSelect):
    """The names of all Celery tasks, in the theme."""


class TaskForm(StockTaskForm):
    """A Celery task by its name from a list, or by any name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()

    def clean(self) -> dict[str, Any]:
        """Refuses what can't be an edit of the Task that the PeriodicTask belongs to."""
        data: dict[str, Any] = super().clean()
        task = Task.objects.filter(periodic_task=self.instance.pk).first()
        if task is not None:
            for field, reason in refusals(task, self._changes(data)).items():
                self.add_error(field, reason)
        return data

    def _changes(self, data: dict[str, Any]) -> dict[str, Any]:
        """The fields of interest that are to be other than they are."""
        return {
            field: data.get(field)
            for field in (*SCHEDULES, *ELSEWHERE)
            if (data.get(field) or None) != (getattr(self.instance, field) or None)
        }


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(StockTaskAdmin, RoleAdmin):
    """Celery tasks that beat sends again and again, and Tasks, which make jobs instead."""

    form = TaskForm
    list_display = ("name", "enabled", "schedule", "next_run", "last_run", "one_off")
    date_hierarchy = None
    list_filter = ("enabled", "one_off")
    list_select_related = (
        "interval", "crontab", "solar", "clocked", "next_run", "celeriac_task",
    )  # fmt: skip
    paginator = EstimatingPaginator
    show_full_result_count = False

    @display(description="schedule")
    def schedule(self, periodic: PeriodicTask) -> str:
        """As shown here, or as its Task says."""
        if not is_marker(periodic.interval):
            return str(periodic.scheduler)
        task = getattr(periodic, "celeriac_task", None)
        return (task and task.cron_expression) or "-"

    @display(description="next run")
    def next_run(self, periodic: PeriodicTask) -> datetime | None:
        """As beat has worked it out."""
        return periodic.next_run.at if hasattr(periodic, "next_run") else None

    @display(description="last run")
    def last_run(self, periodic: PeriodicTask) -> datetime | None:
        """The last tick that was fired."""
        last = periodic.next_run.last_at if hasattr(periodic, "next_run") else None
        found: datetime | None = last or periodic.last_run_at
        return found


class ScheduleInline(StockInline, TabularInline):
    """The Celery tasks of a schedule."""

    per_page = 20


class ScheduleAdmin(RoleAdmin):
    """A schedule, with the Celery tasks that have it."""

    inlines = (ScheduleInline,)


@admin.register(CrontabSchedule)
class CrontabAdmin(StockCrontabAdmin, ScheduleAdmin):
    """Minute, hour, day, month and day of the week, in a time zone."""

    inlines = (ScheduleInline,)
    search_fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")


@admin.register(IntervalSchedule)
class IntervalAdmin(ScheduleAdmin):
    """Every so often."""

    search_fields = ("every", "period")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes the interval that stands for schedules which can't be shown here."""
        return not is_marker(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor removes it, and with it all its tasks."""
        return not is_marker(obj) and super().has_delete_permission(request, obj)


@admin.register(ClockedSchedule)
class ClockedAdmin(StockClockedAdmin, ScheduleAdmin):
    """Once."""

    inlines = (ScheduleInline,)
    search_fields = ("clocked_time",)


@admin.register(SolarSchedule)
class SolarAdmin(ScheduleAdmin):
    """Sunrise, sunset and the like, at a place."""

    search_fields = ("event", "latitude", "longitude")
