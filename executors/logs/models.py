"""Rows of logs. Nothing but `store` writes them; they go with their job.

They carry no foreign keys, so that no write of a line looks at another table's rows twice.
"""

from __future__ import annotations

from django.db import models

from executors.logs.lines import Level, Stream


class JobLog(models.Model):
    """How far the numbers of a job's lines have come; a job that never logged has no row.

    Whoever adds lines holds the lock on this row until the commit. So the lines of a job become
    visible in the order of their numbers, and one who has read up to a number has missed none.
    """

    job_id = models.UUIDField(primary_key=True)
    lines = models.IntegerField(help_text="The last number that was given out.")

    class Meta:
        db_table = "executors_joblog"

    def __str__(self) -> str:
        return f"{self.lines} lines"


class LogLine(models.Model):
    """One line of the log of an execution."""

    pk = models.CompositePrimaryKey("job_id", "number")
    job_id = models.UUIDField()
    number = models.IntegerField(help_text="Its place in the log of the job, from 1, with gaps.")
    execution_id = models.UUIDField()
    place = models.IntegerField(help_text="Its place in the log of the execution, from 1.")
    at = models.DateTimeField()
    level = models.SmallIntegerField(choices=[(level.value, level.label) for level in Level])
    stream = models.CharField(max_length=6, choices=[(s.value, s.value) for s in Stream])
    text = models.TextField(blank=True)

    class Meta:
        db_table = "executors_logline"
        constraints = [
            # A write that is repeated, as its answer was lost, finds its lines there.
            models.UniqueConstraint(
                fields=["execution_id", "place"], name="executors_logline_place"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]
