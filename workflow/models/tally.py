"""workflow_tally: counts of facts that outlive their pruning. Counters of /metrics are these plus what came since."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Measure(models.TextChoices):
    EXECUTION = "EXECUTION"  # an instance ended; outcome is its status
    FAILURE = "FAILURE"  # an instance ended with a failure; outcome is its cause
    COMPENSATION = "COMPENSATION"  # an undo took effect, or failed for good
    RECOVERY = "RECOVERY"  # a dead worker's turn was made due again


class Tally(models.Model):
    id = models.BigAutoField(primary_key=True)
    measure = models.TextField(choices=Measure.choices)
    workflow = models.TextField(default="")
    outcome = models.TextField(default="")
    count = models.BigIntegerField()
    counted_until = models.DateTimeField()  # the same in every row: facts from then on are counted where they stand

    class Meta:
        db_table = "workflow_tally"
        verbose_name_plural = "tallies"
        constraints = (
            # One count per measure, workflow and outcome.
            models.UniqueConstraint(fields=("measure", "workflow", "outcome"), name="workflow_tally_one_count"),
            # A counter never falls.
            models.CheckConstraint(name="workflow_tally_counts_upwards", condition=Q(count__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.measure} {self.workflow} {self.outcome} {self.count}"
