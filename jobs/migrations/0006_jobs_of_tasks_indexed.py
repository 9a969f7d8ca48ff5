"""The indexes of 0005, without a lock that writers would wait for."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('jobs', '0005_jobs_of_tasks'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('task_id__isnull', False)), fields=['task_id', 'id'], name='jobs_job_task'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('is_active', True), ('task_id__isnull', False)), fields=['task_id'], name='jobs_job_unfinished'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('is_active', True), ('turn__isnull', False)), fields=['task_id', 'turn'], name='jobs_job_line'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('completed_at__isnull', False), ('follow_up', True)), fields=['completed_at'], name='jobs_job_follow_up'),
        ),
    ]
