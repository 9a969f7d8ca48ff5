"""Django's settings for plain Celery with django-celery-results, and nothing else."""

import environ

SECRET_KEY = "only for a bench"
INSTALLED_APPS = ["django_celery_results"]
DATABASES = {"default": environ.Env().db_url("DATABASE_URL")}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
