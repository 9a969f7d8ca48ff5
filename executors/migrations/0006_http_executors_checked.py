"""Finishes 0005 without a lock that writers would wait for."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('executors', '0005_http_executors'),
    ]

    operations = [
        ValidateConstraint(model_name='execution', name='executors_execution_chunk'),
    ]
