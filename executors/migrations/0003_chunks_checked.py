"""Finishes 0002 without a lock that writers would wait for."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('executors', '0002_chunks'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='execution',
            index=models.Index(condition=models.Q(('available_at__isnull', False)), fields=['job'], name='executors_execution_queue'),
        ),
        ValidateConstraint(model_name='execution', name='executors_execution_state'),
        ValidateConstraint(model_name='execution', name='executors_execution_queued'),
        ValidateConstraint(model_name='execution', name='executors_execution_chunk'),
    ]
