"""Rows that the pages' charts are drawn from; `dashboard.history` writes and reads them.

They outlive the jobs that they were made of, and say nothing that those did not.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Tally(models.Model):
    """Jobs of one kind that became final within one span of time.

    Times are kept as logarithmic histograms (`history.buckets`): two arrays of one length, the
    numbers of buckets and how many jobs are in each.
    """

    span = models.SmallIntegerField(help_text="Seconds.")
    start = models.DateTimeField()
    type = models.CharField(max_length=100)
    status = models.CharField(max_length=9)
    executor = models.CharField(max_length=200, help_text="Empty: it was given to none.")
    priority = models.SmallIntegerField()
    count = models.IntegerField()
    execution_buckets = ArrayField(models.SmallIntegerField())
    execution_counts = ArrayField(models.IntegerField())
    queue_buckets = ArrayField(models.SmallIntegerField())
    queue_counts = ArrayField(models.IntegerField())

    class Meta:
        ordering = ["span", "start"]
        constraints = [
            models.UniqueConstraint(
                fields=["span", "start", "type", "status", "executor", "priority"],
                name="dashboard_tally_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.status} {self.type} at {self.start:%F %T}"


class Backlog(models.Model):
    """How many jobs were not final, by kind, at the looks within one span of time."""

    span = models.SmallIntegerField(help_text="Seconds.")
    start = models.DateTimeField()
    looks = models.IntegerField()
    groups = models.JSONField(
        help_text="Status, type, executor and priority, and the jobs of all looks added up."
    )

    class Meta:
        ordering = ["span", "start"]
        constraints = [
            models.UniqueConstraint(fields=["span", "start"], name="dashboard_backlog_once")
        ]

    def __str__(self) -> str:
        return f"{self.looks} looks at {self.start:%F %T}"


class Progress(models.Model):
    """How far history has been written: the one row that there is."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    settled = models.DateTimeField(help_text="All that ended before it is counted.")
    reviewed = models.DateTimeField(help_text="From where it is looked for what came late.")

    def __str__(self) -> str:
        return f"settled until {self.settled:%F %T}"
