"""Nothing waits silently: the length of a NULL array is NULL, which a CHECK lets pass, so NULL is named as well."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("workflow", "0004_unmoved_answers"),)
    operations = (
        migrations.RemoveConstraint(model_name="instance", name="workflow_instance_never_silent"),
        migrations.AddConstraint(
            model_name="instance",
            constraint=models.CheckConstraint(
                name="workflow_instance_never_silent",
                condition=models.Q(
                    ("finished_at__isnull", False),
                    ("worker_id__isnull", False),
                    ("wake_at__isnull", False),
                    models.Q(("waiting_for__isnull", False), ("waiting_for__len__gt", 0)),
                    ("status", "PAUSED"),
                    _connector="OR",
                ),
            ),
        ),
    )
