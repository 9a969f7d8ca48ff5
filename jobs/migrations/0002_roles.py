"""The groups that the roles are."""

from django.db import migrations

ROLES = ["viewer", "operator", "admin", "executor"]


def create_groups(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.using(schema_editor.connection.alias).get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    # Going back keeps the groups: people are in them.
    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
