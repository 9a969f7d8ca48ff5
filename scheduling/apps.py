"""The Django app `scheduling`."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    """Registers `scheduling` with Django."""

    name = "scheduling"
    default_auto_field = "django.db.models.BigAutoField"
