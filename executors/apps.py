"""The Django app `executors`."""

from django.apps import AppConfig


class ExecutorsConfig(AppConfig):
    """Registers `executors` with Django."""

    name = "executors"
    default_auto_field = "django.db.models.BigAutoField"
