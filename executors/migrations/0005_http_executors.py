import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('executors', '0004_logs'),
        ('jobs', '0007_load_balancing'),
    ]

    operations = [
        migrations.CreateModel(
            name='HealthCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('healthy', models.BooleanField()),
                ('seconds', models.FloatField(blank=True, help_text='Until its answer.', null=True)),
                ('detail', models.CharField(blank=True, help_text='What was wrong.', max_length=300)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='LoadBalanceState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(help_text='task:ID, or type:NAME for jobs of no task.', max_length=110)),
                ('strategy', models.CharField(choices=[('round_robin', 'round_robin'), ('weighted', 'weighted'), ('random', 'random'), ('sticky', 'sticky'), ('least_loaded', 'least_loaded'), ('consistent_hash', 'consistent_hash'), ('failover', 'failover'), ('least_recently_used', 'least_recently_used'), ('least_frequently_used', 'least_frequently_used'), ('broadcast', 'broadcast')], max_length=24)),
                ('state', models.JSONField()),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['subject', 'strategy'],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('executor', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='member', serialize=False, to='executors.executor')),
                ('group', models.CharField(max_length=100)),
                ('instance_id', models.CharField(help_text='Unique in its group.', max_length=200)),
                ('base_url', models.CharField(max_length=500)),
                ('health_check_url', models.CharField(blank=True, help_text='Null: only its heartbeats tell.', max_length=500, null=True)),
                ('health_interval', models.FloatField(default=30.0)),
                ('health_timeout', models.FloatField(default=5.0)),
                ('heartbeat_timeout', models.FloatField(blank=True, help_text='Silence after which it is offline; null: it may be mute.', null=True)),
                ('failure_threshold', models.SmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1)])),
                ('success_threshold', models.SmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)])),
                ('require_signature', models.BooleanField(default=False)),
                ('secret_version', models.SmallIntegerField(default=1, help_text='Its secret is derived of it.')),
                ('next_check_at', models.DateTimeField(blank=True, help_text='Null: none is due.', null=True)),
                ('checks_failed', models.IntegerField(default=0)),
                ('checks_passed', models.IntegerField(default=0)),
                ('shut', models.BooleanField(default=False, help_text="Set offline by a person or by itself: checks don't bring it back.")),
                ('busy_until', models.DateTimeField(blank=True, help_text='It said that it is busy, or failed: nothing until then.', null=True)),
                ('refusals', models.IntegerField(default=0, help_text='Hand-overs in a row that it did not take.')),
                ('registered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('registered_by', models.CharField(blank=True, max_length=150)),
            ],
            options={
                'ordering': ['group', 'instance_id'],
            },
        ),
        migrations.CreateModel(
            name='XxlJob',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('subject', models.CharField(help_text='task:ID or GROUP/HANDLER.', max_length=400, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='XxlRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('execution_id', models.UUIDField(unique=True)),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='The logDateTime it was told.')),
                ('log_line', models.IntegerField(default=0, help_text='Lines of its log that were pulled.')),
                ('log_pulled_at', models.DateTimeField(blank=True, null=True)),
                ('log_ended', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='execution',
            name='executors_execution_chunk',
        ),
        migrations.AddField(
            model_name='executor',
            name='protocol',
            field=models.CharField(choices=[('celery', 'celery'), ('http', 'http'), ('xxl_job', 'xxl_job')], db_default='celery', help_text='How it is talked to.', max_length=8),
        ),
        migrations.AddField(
            model_name='executor',
            name='weight',
            field=models.SmallIntegerField(db_default=1, help_text='Its share where jobs are spread by weight.'),
        ),
        migrations.AddField(
            model_name='lease',
            name='accepted_at',
            field=models.DateTimeField(blank=True, help_text='When its HTTP executor took it.', null=True),
        ),
        migrations.AlterField(
            model_name='execution',
            name='chunk',
            field=models.SmallIntegerField(blank=True, help_text="The chunk's number or the shard's, from 0.", null=True),
        ),
        migrations.AlterField(
            model_name='execution',
            name='kind',
            field=models.CharField(choices=[('whole', 'whole'), ('chunk', 'chunk'), ('combine', 'combine'), ('shard', 'shard')], db_default='whole', max_length=7),
        ),
        migrations.AlterField(
            model_name='executor',
            name='pool',
            field=models.CharField(help_text='How it runs work: prefork, threads, solo; or http.', max_length=20),
        ),
        migrations.AlterField(
            model_name='lease',
            name='kind',
            field=models.CharField(choices=[('whole', 'whole'), ('chunk', 'chunk'), ('combine', 'combine'), ('shard', 'shard')], db_default='whole', help_text='What of its jobs it runs.', max_length=7),
        ),
        AddConstraintNotValid(
            model_name='execution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('chunk__gte', 0), ('chunk__isnull', False), ('kind__in', ['chunk', 'shard'])), models.Q(('chunk__isnull', True), ('kind__in', ['whole', 'combine'])), _connector='OR'), name='executors_execution_chunk'),
        ),
        migrations.AddField(
            model_name='healthcheck',
            name='executor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='health_checks', to='executors.executor'),
        ),
        migrations.AddConstraint(
            model_name='loadbalancestate',
            constraint=models.UniqueConstraint(fields=('subject', 'strategy'), name='executors_loadbalancestate_one'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['next_check_at'], name='executors_member_due'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('group', 'instance_id'), name='executors_member_instance'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('failure_threshold__gte', 1), ('health_interval__gt', 0), ('health_timeout__gt', 0), ('success_threshold__gte', 1)), name='executors_member_positive'),
        ),
        migrations.AddField(
            model_name='xxlrun',
            name='job',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='executors.xxljob'),
        ),
        migrations.AddIndex(
            model_name='healthcheck',
            index=models.Index(fields=['executor', '-id'], name='executors_healthcheck_history'),
        ),
    ]
