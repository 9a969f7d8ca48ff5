"""The REST API of tasks, calendars and schedulers."""
