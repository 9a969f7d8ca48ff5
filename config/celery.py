"""The Celery application: `celery -A config worker`, `beat`, `flower`, `inspect`, …"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# They would load every page and the admin into each worker; `manage.py check` is for that.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("celeriac")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
