import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('executors', '0005_http_executors'),
        ('scheduling', '0006_task_pause_reason'),
    ]

    operations = [
        migrations.CreateModel(
            name='TaskExecutor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('priority', models.SmallIntegerField(default=0, help_text='Higher goes first.')),
                ('weight', models.SmallIntegerField(blank=True, help_text="Null: the executor's own.", null=True)),
            ],
            options={
                'ordering': ['task', '-priority', 'executor'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='task',
            name='scheduling_task_choices_known',
        ),
        migrations.AlterField(
            model_name='task',
            name='load_balance_strategy',
            field=models.CharField(choices=[('round_robin', 'round_robin'), ('weighted', 'weighted'), ('random', 'random'), ('sticky', 'sticky'), ('least_loaded', 'least_loaded'), ('consistent_hash', 'consistent_hash'), ('failover', 'failover'), ('least_recently_used', 'least_recently_used'), ('least_frequently_used', 'least_frequently_used'), ('broadcast', 'broadcast')], default='least_loaded', max_length=24),
        ),
        AddConstraintNotValid(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('execution_mode__in', ['parallel', 'skip', 'sequential', 'replace']), ('misfire_policy__in', ['skip', 'fire_once', 'fire_all']), ('calendar_policy__in', ['skip', 'move']), ('placement__in', ['spread', 'pack']), ('on_shortage__in', ['single', 'degrade', 'wait']), ('load_balance_strategy__in', ['round_robin', 'weighted', 'random', 'sticky', 'least_loaded', 'consistent_hash', 'failover', 'least_recently_used', 'least_frequently_used', 'broadcast'])), name='scheduling_task_choices_known'),
        ),
        migrations.AddField(
            model_name='taskexecutor',
            name='executor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='task_links', to='executors.executor'),
        ),
        migrations.AddField(
            model_name='taskexecutor',
            name='task',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='scheduling.task'),
        ),
        migrations.AddConstraint(
            model_name='taskexecutor',
            constraint=models.UniqueConstraint(fields=('task', 'executor'), name='scheduling_taskexecutor_one'),
        ),
    ]
