"""The views of tasks, calendars and schedulers."""
