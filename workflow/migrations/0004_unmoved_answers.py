"""Pruning finds the keys whose answers still stand in an inbox."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("workflow", "0003_tally"),)
    operations = (
        migrations.AddIndex(
            model_name="idempotency",
            index=models.Index(
                condition=models.Q(("answer__isnull", True), ("inbox_number__isnull", False)),
                fields=["instance_id"],
                name="workflow_idempotency_unmoved",
            ),
        ),
    )
