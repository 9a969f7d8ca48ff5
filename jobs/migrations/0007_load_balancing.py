from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0006_jobs_of_tasks_indexed'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='external',
            field=models.JSONField(blank=True, help_text='What HTTP executors are told of its task: name, handler, execution mode.', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='load_balance_strategy',
            field=models.CharField(blank=True, choices=[('round_robin', 'round_robin'), ('weighted', 'weighted'), ('random', 'random'), ('sticky', 'sticky'), ('least_loaded', 'least_loaded'), ('consistent_hash', 'consistent_hash'), ('failover', 'failover'), ('least_recently_used', 'least_recently_used'), ('least_frequently_used', 'least_frequently_used'), ('broadcast', 'broadcast')], help_text='How one of several executors is chosen; null: as its type says.', max_length=24, null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='routing_key',
            field=models.CharField(blank=True, help_text='What consistent hashing hashes.', max_length=200, null=True),
        ),
    ]
