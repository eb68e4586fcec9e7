"""Account, wallet and card at the bank: each opened once under its key, each with its undo beside it.

The three have one shape. `_was_..._opened` looks up what came of a key and notes it, so that a crash between the bank's
answer and our row loses nothing; `_close_..._key` makes sure that nothing can still happen under it.
"""

from __future__ import annotations

from pydantic import BaseModel

from onboarding import conf, selectors, services
from onboarding.providers import ports
from onboarding.providers.registry import core_banking
from onboarding.steps.asking import (
    PROVIDER_RETRY,
    PROVIDER_TIMEOUT,
    UNDO_RETRY,
    asking,
    reading,
    without_personal_data,
)
from workflow import Reconciliation, StepContext, step


class OpenedAccount(BaseModel):
    """What the history keeps of an account: the bank's id, not its number."""

    account_id: str


class OpenedWallet(BaseModel):
    """What the history keeps of a wallet."""

    wallet_id: str


class ActivatedCard(BaseModel):
    """What the history keeps of a card."""

    card_id: str


# -- account -----------------------------------------------------------------------------------------------------------


@step(name="UNDO_ACCOUNT_CREATION", retry=UNDO_RETRY, timeout=PROVIDER_TIMEOUT)
def undo_account_creation(ctx: StepContext, *, output: OpenedAccount | None) -> None:
    """Close the account, if there is one."""
    found = output or core_banking().look_up_account(ctx.original_key or "", **reading(ctx))
    if found is not None:
        with without_personal_data():
            core_banking().close_account(found.account_id, **asking(ctx))
    services.close_account(instance_id=ctx.instance_id)


def _was_account_opened(ctx: StepContext) -> Reconciliation:
    found = core_banking().look_up_account(ctx.idempotency_key, **reading(ctx))
    return Reconciliation.not_done() if found is None else Reconciliation.done(_noted_account(ctx, found))


def _close_account_key(ctx: StepContext) -> Reconciliation:
    core_banking().close_key(ctx.idempotency_key, **reading(ctx))
    return _was_account_opened(ctx)


@step(
    retry=PROVIDER_RETRY,
    timeout=PROVIDER_TIMEOUT,
    undo=undo_account_creation,
    reconcile=_was_account_opened,
    close_key=_close_account_key,
)
def create_account(ctx: StepContext) -> OpenedAccount:
    """Open an account for the applicant."""
    holder_name = selectors.get_accepted_profile(ctx.instance_id).full_name
    request = ports.AccountRequest(reference=ctx.instance_id, holder_name=holder_name, currency=conf.account_currency())
    with without_personal_data():
        opened = core_banking().open_account(request, **asking(ctx))
    return _noted_account(ctx, opened)


def _noted_account(ctx: StepContext, opened: ports.Account) -> OpenedAccount:
    services.record_account(instance_id=ctx.instance_id, opened=opened)
    return OpenedAccount(account_id=opened.account_id)


# -- wallet ------------------------------------------------------------------------------------------------------------


@step(name="UNDO_WALLET_CREATION", retry=UNDO_RETRY, timeout=PROVIDER_TIMEOUT)
def undo_wallet_creation(ctx: StepContext, *, output: OpenedWallet | None) -> None:
    """Close the wallet, if there is one."""
    found = output or core_banking().look_up_wallet(ctx.original_key or "", **reading(ctx))
    if found is not None:
        with without_personal_data():
            core_banking().close_wallet(found.wallet_id, **asking(ctx))
    services.close_wallet(instance_id=ctx.instance_id)


def _was_wallet_opened(ctx: StepContext, *, create_account: OpenedAccount) -> Reconciliation:  # noqa: ARG001
    found = core_banking().look_up_wallet(ctx.idempotency_key, **reading(ctx))
    return Reconciliation.not_done() if found is None else Reconciliation.done(_noted_wallet(ctx, found))


def _close_wallet_key(ctx: StepContext, *, create_account: OpenedAccount) -> Reconciliation:
    core_banking().close_key(ctx.idempotency_key, **reading(ctx))
    return _was_wallet_opened(ctx, create_account=create_account)


@step(
    retry=PROVIDER_RETRY,
    timeout=PROVIDER_TIMEOUT,
    undo=undo_wallet_creation,
    reconcile=_was_wallet_opened,
    close_key=_close_wallet_key,
)
def create_wallet(ctx: StepContext, *, create_account: OpenedAccount) -> OpenedWallet:
    """Open a wallet on the account."""
    holder_name = selectors.get_accepted_profile(ctx.instance_id).full_name
    request = ports.WalletRequest(
        reference=ctx.instance_id, account_id=create_account.account_id, holder_name=holder_name
    )
    with without_personal_data():
        opened = core_banking().open_wallet(request, **asking(ctx))
    return _noted_wallet(ctx, opened)


def _noted_wallet(ctx: StepContext, opened: ports.Wallet) -> OpenedWallet:
    services.record_wallet(instance_id=ctx.instance_id, opened=opened)
    return OpenedWallet(wallet_id=opened.wallet_id)


# -- card --------------------------------------------------------------------------------------------------------------


@step(name="UNDO_CARD_ACTIVATION", retry=UNDO_RETRY, timeout=PROVIDER_TIMEOUT)
def undo_card_activation(ctx: StepContext, *, output: ActivatedCard | None) -> None:
    """Close the card, if there is one."""
    found = output or core_banking().look_up_card(ctx.original_key or "", **reading(ctx))
    if found is not None:
        with without_personal_data():
            core_banking().close_card(found.card_id, **asking(ctx))
    services.close_card(instance_id=ctx.instance_id)


def _was_card_activated(ctx: StepContext, *, create_account: OpenedAccount) -> Reconciliation:  # noqa: ARG001
    found = core_banking().look_up_card(ctx.idempotency_key, **reading(ctx))
    return Reconciliation.not_done() if found is None else Reconciliation.done(_noted_card(ctx, found))


def _close_card_key(ctx: StepContext, *, create_account: OpenedAccount) -> Reconciliation:
    core_banking().close_key(ctx.idempotency_key, **reading(ctx))
    return _was_card_activated(ctx, create_account=create_account)


@step(
    retry=PROVIDER_RETRY,
    timeout=PROVIDER_TIMEOUT,
    undo=undo_card_activation,
    reconcile=_was_card_activated,
    close_key=_close_card_key,
)
def activate_card(ctx: StepContext, *, create_account: OpenedAccount) -> ActivatedCard:
    """Issue a card on the account, ready to pay."""
    holder_name = selectors.get_accepted_profile(ctx.instance_id).full_name
    request = ports.CardRequest(
        reference=ctx.instance_id, account_id=create_account.account_id, holder_name=holder_name
    )
    with without_personal_data():
        opened = core_banking().open_card(request, **asking(ctx))
    return _noted_card(ctx, opened)


def _noted_card(ctx: StepContext, opened: ports.Card) -> ActivatedCard:
    services.record_card(instance_id=ctx.instance_id, opened=opened)
    return ActivatedCard(card_id=opened.card_id)
