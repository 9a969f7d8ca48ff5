"""Finds the runs of XXL-JOB whose logs are still to be fetched."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("executors", "0008_reports_in_order"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="xxlrun",
            index=models.Index(
                condition=models.Q(("log_ended", False)),
                fields=["id"],
                name="executors_xxlrun_open_log",
            ),
        ),
    ]
