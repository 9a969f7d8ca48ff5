"""The Celery task that a Task's PeriodicTask names: the admin's "Run selected tasks" sends it."""

from __future__ import annotations

from celery import shared_task
from django.db import connection, transaction

from jobs.wake import wake_dispatcher
from scheduling import firing
from scheduling.defining.definitions import TRIGGER


@shared_task(name=TRIGGER, ignore_result=True)
def trigger(task_id: str) -> None:
    """Makes a job of the Task at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        firing.trigger(cursor, task_id, actor="django-celery-beat")
    wake_dispatcher()
