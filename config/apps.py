"""The Django app `config`: commands, system checks, and the Celery application in each process."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers `config` with Django."""

    name = "config"

    def ready(self) -> None:
        """Makes Celery's application the current one wherever Django runs, and adds our checks."""
        from config import celery, checks  # noqa: F401
