"""User directories that need no server: the demo's, which knows one user, and none at all."""

DEMO_PHONE_NUMBERS = {"user123": "+14155550123"}


class DemoUserDirectory:
    """Knows user123."""

    def find_phone_number(self, user_id: str, *, correlation_id: str, timeout: float) -> str | None:  # noqa: ARG002
        return DEMO_PHONE_NUMBERS.get(user_id)


class NoUserDirectory:
    """Knows nobody: every start brings its own phone number."""

    def find_phone_number(self, user_id: str, *, correlation_id: str, timeout: float) -> str | None:  # noqa: ARG002
        return None
