"""The Django app `config`: commands, system checks, and the Celery application in each process."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers `config` with Django."""

    name = "config"

    def ready(self) -> None:
        """Makes Celery's application the current one wherever Django runs."""
        from config import celery  # noqa: F401
