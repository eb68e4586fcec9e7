"""What can come back instead of an answer.

`workflow.Refused` is the provider's definite no: nothing was done under the key. A `ProviderError` leaves open whether
something was done; that is found out by look-up, or by the same call under the same key.
"""


class ProviderError(Exception):
    """The provider's answer does not say what happened; `status` is 0 where there was none."""

    def __init__(self, provider: str, message: str, *, status: int = 0) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.status = status


class ProviderUnreachable(ProviderError):
    """No connection, or it broke before the answer was read."""


class ProviderTimeout(ProviderUnreachable):
    """No answer within the time that the step had left."""


class KeyReused(ProviderError):
    """The key stands for another request at the provider: what happened under it is not what we asked for now."""


class WebhookRefused(Exception):
    """A webhook that must not be believed; `code` says why in the answer to its sender."""

    code = "webhook-refused"


class SignatureMissing(WebhookRefused):
    """There is no signature, or it is not one."""

    code = "signature-missing"


class SignatureExpired(WebhookRefused):
    """It was signed too long ago or in the future: a recorded message played again, or a clock that is wrong."""

    code = "signature-expired"


class SignatureMismatch(WebhookRefused):
    """The body is not what was signed, or the signer does not know the secret."""

    code = "signature-mismatch"


class WebhookUnreadable(WebhookRefused):
    """Signed as it should be, but not a message that we know."""

    code = "webhook-unreadable"
