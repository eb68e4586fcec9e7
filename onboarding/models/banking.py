"""onboarding_account, onboarding_wallet, onboarding_card: what the bank keeps for a customer, as the bank told us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from onboarding.models.applicant import Applicant
from onboarding.models.versioned import Versioned, WorkflowNow


class ProductStatus(models.TextChoices):
    OPEN = "OPEN"  # in use
    CLOSED = "CLOSED"  # undone; a closed product is never opened again


class Product(Versioned):
    """What the three have in common: one each per application, opened once, closed at most once."""

    id = models.BigAutoField(primary_key=True)
    status = FSMField(max_length=20, choices=ProductStatus.choices, default=ProductStatus.OPEN, protected=True)
    opened_at = models.DateTimeField(db_default=WorkflowNow())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ("-opened_at",)
        constraints = (
            # Closed has an instant, and only closed has.
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_closed_iff_dated",
                condition=Q(status=ProductStatus.OPEN, closed_at__isnull=True)
                | Q(status=ProductStatus.CLOSED, closed_at__isnull=False),
            ),
        )

    @transition(field=status, source=ProductStatus.OPEN, target=ProductStatus.CLOSED)
    def close(self) -> None:
        """The bank closed it."""


class Account(Product):
    applicant = models.OneToOneField(Applicant, on_delete=models.CASCADE, related_name="account")
    account_id = models.TextField(unique=True)  # the bank's
    number = models.TextField()
    currency = models.CharField(max_length=3)

    class Meta(Product.Meta):
        db_table = "onboarding_account"

    def __str__(self) -> str:
        return f"Account {self.account_id}"


class Wallet(Product):
    applicant = models.OneToOneField(Applicant, on_delete=models.CASCADE, related_name="wallet")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="wallets")
    wallet_id = models.TextField(unique=True)  # the bank's

    class Meta(Product.Meta):
        db_table = "onboarding_wallet"

    def __str__(self) -> str:
        return f"Wallet {self.wallet_id}"


class Card(Product):
    applicant = models.OneToOneField(Applicant, on_delete=models.CASCADE, related_name="card")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="cards")
    card_id = models.TextField(unique=True)  # the bank's
    last_digits = models.CharField(max_length=4)

    class Meta(Product.Meta):
        db_table = "onboarding_card"

    def __str__(self) -> str:
        return f"Card {self.card_id}"
