from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0004_chunks_checked'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='retry',
            field=models.JSONField(blank=True, help_text='When a failed attempt is followed; null: as usual.', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='parent_id',
            field=models.UUIDField(blank=True, help_text='The job whose end triggered this one.', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='depth',
            field=models.SmallIntegerField(blank=True, help_text='Jobs before it in its chain; null: none.', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='turn',
            field=models.BigIntegerField(blank=True, help_text="Its place in its task's line, as long as it is waiting.", null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='follow_up',
            field=models.BooleanField(blank=True, help_text='Whether something is to be done when it has ended.', null=True),
        ),
    ]
