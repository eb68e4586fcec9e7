"""onboarding_sanctions_list and onboarding_sanctions_entry: the lists we screen against, and whom they name."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from onboarding.models.versioned import WorkflowNow


class SanctionsSource(models.TextChoices):
    OFAC_SDN = "OFAC_SDN"  # the Specially Designated Nationals list of the US Treasury, SDN.CSV
    OPENSANCTIONS = "OPENSANCTIONS"  # a dataset of opensanctions.org, targets.simple.csv


class SanctionsList(models.Model):
    """One load of one source. The latest of each source is what its entries stand for."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=20, choices=SanctionsSource.choices)
    sha256 = models.CharField(max_length=64)
    entries = models.PositiveIntegerField()
    loaded_at = models.DateTimeField(db_default=WorkflowNow())

    class Meta:
        db_table = "onboarding_sanctions_list"
        ordering = ("-id",)
        constraints = (
            # An empty list would clear everybody.
            models.CheckConstraint(name="onboarding_sanctions_list_not_empty", condition=Q(entries__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.source} load {self.id}"


class SanctionsEntry(models.Model):
    """A listed person. Names are kept as listed and as compared (`sanctions/names.py`)."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=20, choices=SanctionsSource.choices)
    source_id = models.TextField()
    name = models.TextField()
    compared_names = ArrayField(models.TextField())  # name and aliases, normalised
    birth_dates = ArrayField(models.TextField(), default=list)  # 1962, 1962-07 or 1962-07-12
    nationalities = ArrayField(models.CharField(max_length=2), default=list)  # ISO 3166-1 alpha-2
    program = models.TextField(default="", blank=True)
    list = models.ForeignKey(SanctionsList, on_delete=models.CASCADE, related_name="persons")

    class Meta:
        db_table = "onboarding_sanctions_entry"
        ordering = ("source", "source_id")
        verbose_name_plural = "sanctions entries"
        constraints = (
            # A source names a person once; loading it again changes the same row.
            models.UniqueConstraint(
                fields=("source", "source_id"), name="onboarding_sanctions_entry_one_per_source_id"
            ),
            # An entry without a comparable name would never be found.
            models.CheckConstraint(
                name="onboarding_sanctions_entry_has_a_name", condition=Q(compared_names__len__gt=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"
