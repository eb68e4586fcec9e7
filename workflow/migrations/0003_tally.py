"""Counts that outlive pruning, and the endings in the index of the operators, which the counters read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workflow", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "measure",
                    models.TextField(
                        choices=[
                            ("EXECUTION", "Execution"),
                            ("FAILURE", "Failure"),
                            ("COMPENSATION", "Compensation"),
                            ("RECOVERY", "Recovery"),
                        ]
                    ),
                ),
                ("workflow", models.TextField(default="")),
                ("outcome", models.TextField(default="")),
                ("count", models.BigIntegerField()),
                ("counted_until", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "tallies",
                "db_table": "workflow_tally",
            },
        ),
        migrations.RemoveIndex(
            model_name="workflowevent",
            name="workflow_event_operators",
        ),
        migrations.AddIndex(
            model_name="workflowevent",
            index=models.Index(
                condition=models.Q(
                    (
                        "event_type__in",
                        (
                            "RECOVERY",
                            "SAGA_COMPENSATION",
                            "VERSION_MARKER",
                            "INCIDENT_OPENED",
                            "COMPENSATION_FAILED",
                            "STAFF_ACTION",
                            "COMPLETED",
                            "COMPENSATED",
                            "FAILED",
                            "CANCELLED",
                            "TIMED_OUT",
                        ),
                    )
                ),
                fields=["event_type", "created_at"],
                name="workflow_event_operators",
            ),
        ),
        migrations.AddConstraint(
            model_name="tally",
            constraint=models.UniqueConstraint(
                fields=("measure", "workflow", "outcome"), name="workflow_tally_one_count"
            ),
        ),
        migrations.AddConstraint(
            model_name="tally",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gte", 0)), name="workflow_tally_counts_upwards"
            ),
        ),
    ]
