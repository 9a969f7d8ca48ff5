"""Finishes 0003 without a lock that writers would wait for."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('jobs', '0003_chunks'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('chunk_count__isnull', False), ('is_active', True)), fields=['id'], name='jobs_job_chunked'),
        ),
        ValidateConstraint(model_name='job', name='jobs_job_chunks'),
        ValidateConstraint(model_name='job', name='jobs_job_placement_known'),
    ]
