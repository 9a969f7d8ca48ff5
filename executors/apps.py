"""The Django app `executors`: who runs it."""

from django.apps import AppConfig


class ExecutorsConfig(AppConfig):
    """Registers `executors` with Django, and its part in Celery workers with Celery."""

    name = "executors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connects the signals that make a worker an executor or a gateway."""
        from executors.gateway import bootstep  # noqa: F401
        from executors.worker import membership  # noqa: F401
