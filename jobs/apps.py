"""The Django app `jobs`: what runs and how it may change."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registers `jobs` with Django, and the job types of all apps."""

    name = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Imports every app's `job_types`."""
        from jobs import types

        types.discover()
