from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0005_unsent_ticks'),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='pause_reason',
            field=models.JSONField(blank=True, help_text='Why it last paused itself; of interest while disabled.', null=True),
        ),
    ]
