"""How the admin looks: its name, colours and sidebar."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import lazy


def _page(title: str, icon: str, name: str) -> dict[str, Any]:
    """A link to a model's list, shown to those who may look at it."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}_changelist"),
        "permission": lambda request: _may_view(request, name),
    }


def _may_view(request: HttpRequest, name: str) -> bool:
    # Models and the admin are not there yet when the settings are read.
    from django.apps import apps
    from django.contrib import admin

    app, model_name = name.rsplit("_", 1)
    model = apps.get_model(app, model_name)
    return admin.site.get_model_admin(model).has_view_permission(request)


def _flower() -> str:
    return str(settings.CELERIAC["FLOWER_URL"])


def _section(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(items)}


GREEN = {
    "50": "oklch(97.6% .024 128)",
    "100": "oklch(94.4% .055 128)",
    "200": "oklch(89.3% .105 128)",
    "300": "oklch(82.2% .155 129)",
    "400": "oklch(74.5% .175 130)",
    "500": "oklch(64.0% .170 131)",
    "600": "oklch(52.0% .145 132)",
    "700": "oklch(44.5% .122 132)",
    "800": "oklch(38.5% .100 132)",
    "900": "oklch(34.5% .085 132)",
    "950": "oklch(22.5% .060 132)",
}
"""Celery's."""

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Celeriac",
    "SITE_HEADER": "Celeriac",
    "SITE_SUBHEADER": "Task platform",
    "SITE_ICON": lambda _request: static("celeriac.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("celeriac.svg")}
    ],
    "SITE_URL": "/ui/",
    "COLORS": {"primary": GREEN},
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            _section(
                "Work",
                _page("Jobs", "work", "jobs_job"),
                _page("Events", "history", "jobs_jobevent"),
                _page("Artifacts", "attach_file", "jobs_artifact"),
            ),
            _section(
                "Schedules",
                _page("Tasks", "schedule", "scheduling_task"),
                _page("Calendars", "calendar_month", "scheduling_calendar"),
                _page("Backfills", "restore", "scheduling_backfill"),
            ),
            _section(
                "Places",
                _page("Executors", "dns", "executors_executor"),
                _page("HTTP executors", "lan", "executors_member"),
                _page("Health checks", "monitor_heart", "executors_healthcheck"),
                _page("XXL-JOB jobs", "tag", "executors_xxljob"),
                _page("XXL-JOB runs", "numbers", "executors_xxlrun"),
                _page("Load balancing", "balance", "executors_loadbalancestate"),
                _page("Leases", "package_2", "executors_lease"),
                _page("Executions", "play_circle", "executors_execution"),
                _page("Processes", "manage_history", "executors_process"),
            ),
            _section(
                "Celery",
                _page("Periodic tasks", "event_repeat", "django_celery_beat_periodictask"),
                _page("Crontabs", "calendar_clock", "django_celery_beat_crontabschedule"),
                _page("Intervals", "timer", "django_celery_beat_intervalschedule"),
                _page("Clocked times", "alarm", "django_celery_beat_clockedschedule"),
                _page("Solar events", "wb_twilight", "django_celery_beat_solarschedule"),
                _page("Task results", "task_alt", "django_celery_results_taskresult"),
                _page("Group results", "checklist", "django_celery_results_groupresult"),
            ),
            _section(
                "Access",
                _page("Users", "person", "auth_user"),
                _page("Groups", "group", "auth_group"),
                _page("Tokens", "key", "knox_authtoken"),
            ),
            _section(
                "More",
                {"title": "Pages", "icon": "monitoring", "link": "/ui/"},
                {"title": "API", "icon": "api", "link": "/api/v1/"},
                {"title": "API documentation", "icon": "menu_book", "link": "/api/docs/"},
                {
                    "title": "Flower",
                    "icon": "local_florist",
                    "link": lazy(_flower, str)(),
                    "permission": lambda _request: bool(_flower()),
                },
            ),
        ],
    },
}
