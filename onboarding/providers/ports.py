"""What onboarding asks of the outside world.

Every call takes a `key` (asking again under it happens once), a `correlation_id`, and a `timeout` in seconds. It raises
`workflow.Refused` when nothing was done and nothing will be, and a `ProviderError` when that is not known.
`look_up_...` answers what came of a key, as it stands now, or None; `close_key` makes sure that nothing can happen
under a key any more. Neither ever raises `Refused`: a question that is refused tells nothing.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Message(BaseModel):
    """Spelled in camelCase outside; whatever else a provider tells is not kept."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class KeyClosed(Message):
    """Nothing can happen under `key` from now on. If it had, `resource_id` names what came of it."""

    key: str
    happened: bool
    resource_id: str = ""


# --- Text messages ------------------------------------------------------------------------------------------------


class TextMessage(Message):
    """A text for a number in E.164 form."""

    reference: str
    to: str = Field(repr=False)
    text: str = Field(repr=False)


class SentMessage(Message):
    """A text that the provider took; what it says is not kept."""

    message_id: str
    reference: str


class SmsSender(Protocol):
    """Sends text messages."""

    def send(self, message: TextMessage, *, key: str, correlation_id: str, timeout: float) -> SentMessage: ...

    def look_up_message(self, key: str, *, correlation_id: str, timeout: float) -> SentMessage | None: ...

    def close_key(self, key: str, *, correlation_id: str, timeout: float) -> KeyClosed: ...


# --- Identity checks ----------------------------------------------------------------------------------------------


class CheckStatus(StrEnum):
    """Where an identity check stands."""

    PENDING = "PENDING"  # the decision comes by webhook
    APPROVED = "APPROVED"  # this is who they say
    REJECTED = "REJECTED"  # it is not, or the document does not do
    CANCELLED = "CANCELLED"  # withdrawn by us; no webhook comes


class Decision(StrEnum):
    """What a webhook tells."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class CheckRequest(Message):
    """Whom to check against which document, and where to tell the result."""

    reference: str
    first_name: str = Field(repr=False)
    last_name: str = Field(repr=False)
    date_of_birth: date = Field(repr=False)
    document_reference: str
    callback_url: str


class Check(Message):
    """An identity check at the provider."""

    check_id: str
    reference: str
    status: CheckStatus


class CheckDecision(Message):
    """The content of a webhook. The same `event_id` may come again and means the same."""

    event_id: str
    check_id: str
    reference: str
    decision: Decision
    reason: str = ""


class EkycProvider(Protocol):
    """Checks who somebody is; decides later."""

    def submit_check(self, request: CheckRequest, *, key: str, correlation_id: str, timeout: float) -> Check: ...

    def look_up_check(self, key: str, *, correlation_id: str, timeout: float) -> Check | None: ...

    def get_check(self, check_id: str, *, correlation_id: str, timeout: float) -> Check: ...

    def cancel_check(self, check_id: str, *, key: str, correlation_id: str, timeout: float) -> Check: ...

    def close_key(self, key: str, *, correlation_id: str, timeout: float) -> KeyClosed: ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: float) -> CheckDecision:
        """The decision in a signed message received at `now` (seconds since 1970); raises `WebhookRefused`."""
        ...


# --- Core banking -------------------------------------------------------------------------------------------------


class ProductStatus(StrEnum):
    """Whether an account, wallet or card is there to use."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class AccountRequest(Message):
    """An account for a holder."""

    reference: str
    holder_name: str = Field(repr=False)
    currency: str


class Account(Message):
    """An account at the bank."""

    account_id: str
    reference: str
    status: ProductStatus
    currency: str
    number: str = Field(repr=False)


class WalletRequest(Message):
    """A wallet on an open account."""

    reference: str
    account_id: str
    holder_name: str = Field(repr=False)


class Wallet(Message):
    """A wallet at the bank."""

    wallet_id: str
    reference: str
    status: ProductStatus
    account_id: str


class CardRequest(Message):
    """A card on an open account."""

    reference: str
    account_id: str
    holder_name: str = Field(repr=False)


class Card(Message):
    """A card of the bank, ready to pay while it is open."""

    card_id: str
    reference: str
    status: ProductStatus
    account_id: str
    last_digits: str


class CoreBanking(Protocol):
    """Opens and closes accounts, wallets and cards. Closing what is closed changes nothing."""

    def open_account(self, request: AccountRequest, *, key: str, correlation_id: str, timeout: float) -> Account: ...

    def close_account(self, account_id: str, *, key: str, correlation_id: str, timeout: float) -> Account: ...

    def look_up_account(self, key: str, *, correlation_id: str, timeout: float) -> Account | None: ...

    def open_wallet(self, request: WalletRequest, *, key: str, correlation_id: str, timeout: float) -> Wallet: ...

    def close_wallet(self, wallet_id: str, *, key: str, correlation_id: str, timeout: float) -> Wallet: ...

    def look_up_wallet(self, key: str, *, correlation_id: str, timeout: float) -> Wallet | None: ...

    def open_card(self, request: CardRequest, *, key: str, correlation_id: str, timeout: float) -> Card: ...

    def close_card(self, card_id: str, *, key: str, correlation_id: str, timeout: float) -> Card: ...

    def look_up_card(self, key: str, *, correlation_id: str, timeout: float) -> Card | None: ...

    def close_key(self, key: str, *, correlation_id: str, timeout: float) -> KeyClosed: ...


# --- Users of the client ------------------------------------------------------------------------------------------


class UserDirectory(Protocol):
    """Knows the users of the client that starts onboardings."""

    def find_phone_number(self, user_id: str, *, correlation_id: str, timeout: float) -> str | None:
        """The number on file in E.164 form, or None for somebody unknown."""
        ...
