"""The HTTP adapters: each port spoken as JSON, as the simulator speaks it too.

Idempotent calls carry `Idempotency-Key`; `GET /<service>/keys/<key>` tells what stands under a key, and
`POST /<service>/keys/<key>/close` closes it.
"""

import json
from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from onboarding.providers import signatures
from onboarding.providers.errors import ProviderError, SignatureMissing, WebhookUnreadable
from onboarding.providers.ports import (
    Account,
    AccountRequest,
    Card,
    CardRequest,
    Check,
    CheckDecision,
    CheckRequest,
    KeyClosed,
    Message,
    SentMessage,
    TextMessage,
    Wallet,
    WalletRequest,
)
from onboarding.providers.transport import Document, Transport, segment
from workflow import Refused

Answer = TypeVar("Answer", bound=Message)
UNKNOWN_KEY = "UNKNOWN_KEY"
UNKNOWN_USER = "UNKNOWN_USER"


class HttpProvider:
    """What the adapters share. `secret` is the bearer token of our requests."""

    service: str

    def __init__(self, url: str, *, secret: str = "", headers: Mapping[str, str] | None = None) -> None:
        authorization = {"Authorization": f"Bearer {secret}"} if secret else {}
        self._transport = Transport(
            self.service, f"{url.rstrip('/')}/{self.service}", {**authorization, **(headers or {})}
        )

    def close_key(self, key: str, *, correlation_id: str, timeout: float) -> KeyClosed:
        """Nothing can happen under this key any more; says whether it had."""
        path = f"/keys/{segment(key)}/close"
        try:
            answer = self._transport.ask("POST", path, correlation_id=correlation_id, timeout=timeout)
        except Refused as error:
            raise ProviderError(self.service, f"would not close a key: {error}") from error
        return self._read(KeyClosed, answer)

    def _send(
        self,
        form: type[Answer],
        path: str,
        request: Message,
        *,
        key: str,
        correlation_id: str,
        timeout: float,
    ) -> Answer:
        body: Document = request.model_dump(mode="json", by_alias=True)
        answer = self._transport.ask("POST", path, key=key, body=body, correlation_id=correlation_id, timeout=timeout)
        return self._read(form, answer)

    def _delete(self, form: type[Answer], path: str, *, key: str, correlation_id: str, timeout: float) -> Answer:
        answer = self._transport.ask("DELETE", path, key=key, correlation_id=correlation_id, timeout=timeout)
        return self._read(form, answer)

    def _look_up(self, form: type[Answer], key: str, *, correlation_id: str, timeout: float) -> Answer | None:
        """What came of a key; None if nothing did. A question that is refused tells nothing, so it is no answer."""
        try:
            found = self._transport.ask("GET", f"/keys/{segment(key)}", correlation_id=correlation_id, timeout=timeout)
        except Refused as error:
            if error.code == UNKNOWN_KEY:
                return None
            raise ProviderError(self.service, f"would not tell what became of a key: {error}") from error
        outcome = found.get("outcome")
        if outcome not in {"DONE", "REFUSED", "CLOSED"}:
            raise ProviderError(self.service, f"told an outcome that we do not know: {outcome!r}")
        return self._read(form, found.get("resource")) if outcome == "DONE" else None

    def _read(self, form: type[Answer], answer: object) -> Answer:
        try:
            return form.model_validate(answer)
        except ValidationError as error:
            wrong = ", ".join(".".join(map(str, e["loc"])) for e in error.errors())
            raise ProviderError(
                self.service, f"the answer is no {form.__name__}: {wrong or 'not an object'}"
            ) from error


class HttpSmsSender(HttpProvider):
    """`SmsSender` over HTTP."""

    service = "sms"

    def send(self, message: TextMessage, *, key: str, correlation_id: str, timeout: float) -> SentMessage:
        return self._send(SentMessage, "/messages", message, key=key, correlation_id=correlation_id, timeout=timeout)

    def look_up_message(self, key: str, *, correlation_id: str, timeout: float) -> SentMessage | None:
        return self._look_up(SentMessage, key, correlation_id=correlation_id, timeout=timeout)


class HttpEkycProvider(HttpProvider):
    """`EkycProvider` over HTTP. Here `secret` signs the webhooks; requests carry only what `headers` say."""

    service = "ekyc"

    def __init__(self, url: str, *, secret: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(url, headers=headers)
        self._webhook_secret = secret

    def submit_check(self, request: CheckRequest, *, key: str, correlation_id: str, timeout: float) -> Check:
        return self._send(Check, "/checks", request, key=key, correlation_id=correlation_id, timeout=timeout)

    def look_up_check(self, key: str, *, correlation_id: str, timeout: float) -> Check | None:
        return self._look_up(Check, key, correlation_id=correlation_id, timeout=timeout)

    def get_check(self, check_id: str, *, correlation_id: str, timeout: float) -> Check:
        path = f"/checks/{segment(check_id)}"
        return self._read(Check, self._transport.ask("GET", path, correlation_id=correlation_id, timeout=timeout))

    def cancel_check(self, check_id: str, *, key: str, correlation_id: str, timeout: float) -> Check:
        path = f"/checks/{segment(check_id)}"
        return self._delete(Check, path, key=key, correlation_id=correlation_id, timeout=timeout)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: float) -> CheckDecision:
        given = {name.lower(): value for name, value in headers.items()}
        signature = given.get("x-signature", "")
        if not signature:
            raise SignatureMissing("There is no X-Signature.")
        signatures.verify(self._webhook_secret, signature, body, now=now)
        try:
            decision = CheckDecision.model_validate(json.loads(body))
        except ValueError as error:  # bad JSON and a wrong shape alike
            raise WebhookUnreadable("The body is no decision about a check.") from error
        if given.get("x-event-id", decision.event_id) != decision.event_id:
            raise WebhookUnreadable("X-Event-Id and the body name different events.")
        return decision


class HttpCoreBanking(HttpProvider):
    """`CoreBanking` over HTTP."""

    service = "bank"

    def open_account(self, request: AccountRequest, *, key: str, correlation_id: str, timeout: float) -> Account:
        return self._send(Account, "/accounts", request, key=key, correlation_id=correlation_id, timeout=timeout)

    def close_account(self, account_id: str, *, key: str, correlation_id: str, timeout: float) -> Account:
        path = f"/accounts/{segment(account_id)}"
        return self._delete(Account, path, key=key, correlation_id=correlation_id, timeout=timeout)

    def look_up_account(self, key: str, *, correlation_id: str, timeout: float) -> Account | None:
        return self._look_up(Account, key, correlation_id=correlation_id, timeout=timeout)

    def open_wallet(self, request: WalletRequest, *, key: str, correlation_id: str, timeout: float) -> Wallet:
        return self._send(Wallet, "/wallets", request, key=key, correlation_id=correlation_id, timeout=timeout)

    def close_wallet(self, wallet_id: str, *, key: str, correlation_id: str, timeout: float) -> Wallet:
        path = f"/wallets/{segment(wallet_id)}"
        return self._delete(Wallet, path, key=key, correlation_id=correlation_id, timeout=timeout)

    def look_up_wallet(self, key: str, *, correlation_id: str, timeout: float) -> Wallet | None:
        return self._look_up(Wallet, key, correlation_id=correlation_id, timeout=timeout)

    def open_card(self, request: CardRequest, *, key: str, correlation_id: str, timeout: float) -> Card:
        return self._send(Card, "/cards", request, key=key, correlation_id=correlation_id, timeout=timeout)

    def close_card(self, card_id: str, *, key: str, correlation_id: str, timeout: float) -> Card:
        path = f"/cards/{segment(card_id)}"
        return self._delete(Card, path, key=key, correlation_id=correlation_id, timeout=timeout)

    def look_up_card(self, key: str, *, correlation_id: str, timeout: float) -> Card | None:
        return self._look_up(Card, key, correlation_id=correlation_id, timeout=timeout)


class HttpUserDirectory(HttpProvider):
    """`UserDirectory` over HTTP: `GET /directory/users/<id>`."""

    service = "directory"

    def find_phone_number(self, user_id: str, *, correlation_id: str, timeout: float) -> str | None:
        path = f"/users/{segment(user_id)}"
        try:
            answer = self._transport.ask("GET", path, correlation_id=correlation_id, timeout=timeout)
        except Refused as error:
            if error.code == UNKNOWN_USER:
                return None
            raise ProviderError(self.service, f"would not tell about a user: {error}") from error
        phone_number = answer.get("phoneNumber")
        if not isinstance(phone_number, str):
            raise ProviderError(self.service, "the answer has no phoneNumber.")
        return phone_number
