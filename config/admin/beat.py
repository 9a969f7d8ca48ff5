"""django-celery-beat's schedules, with its own forms and checks."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
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
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from jobs.admin.base import RoleAdmin
from jobs.admin.paginator import EstimatingPaginator

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


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(StockTaskAdmin, RoleAdmin):
    """Celery tasks that beat sends again and again."""

    form = TaskForm
    date_hierarchy = None
    list_filter = ("enabled", "one_off")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    paginator = EstimatingPaginator
    show_full_result_count = False


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


@admin.register(ClockedSchedule)
class ClockedAdmin(StockClockedAdmin, ScheduleAdmin):
    """Once."""

    inlines = (ScheduleInline,)
    search_fields = ("clocked_time",)


@admin.register(SolarSchedule)
class SolarAdmin(ScheduleAdmin):
    """Sunrise, sunset and the like, at a place."""

    search_fields = ("event", "latitude", "longitude")
