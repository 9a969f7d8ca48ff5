"""Finishes 0007 without a lock that writers would wait for."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('scheduling', '0007_task_executors'),
    ]

    operations = [
        ValidateConstraint(model_name='task', name='scheduling_task_choices_known'),
    ]
