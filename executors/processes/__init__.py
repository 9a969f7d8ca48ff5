"""Processes in rows: each web process, gateway, dispatcher and beat, and when it was last heard of.

Celery workers that are executors have rows of their own: `executors.models.Executor`.
"""
