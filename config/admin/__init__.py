"""The admin's pages of other people's models, in its theme: users, tokens, Celery's schedules."""

from config.admin import access, beat, results

__all__ = ["access", "beat", "results"]
