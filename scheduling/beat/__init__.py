"""`celery -A config beat`: fires what is due, on the session of an elected leader."""
