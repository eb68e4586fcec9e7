"""What every process of the system is told: secrets made once and kept, addresses, and where files lie."""

import json
import os
import secrets
from collections.abc import Mapping

from tooling.postgres.cluster import private_file
from tooling.system.places import Places

RUN_MARK = "STEADFAST_RUN"
SECRET_NAMES = (
    "SECRET_KEY",
    "ONBOARDING_OTP_KEY",
    "SMS_SECRET",
    "EKYC_SECRET",
    "CORE_BANKING_SECRET",
)
ADMIN_PASSWORD_BYTES = 9


def kept_secrets(places: Places) -> dict[str, str]:
    """The secrets of this folder; kept, because a new SECRET_KEY would end sessions and drop queued tasks."""
    known: dict[str, str] = json.loads(places.secrets.read_text()) if places.secrets.exists() else {}
    made = {
        **{name: secrets.token_urlsafe(48) for name in SECRET_NAMES},
        "DEMO_ADMIN_PASSWORD": secrets.token_urlsafe(ADMIN_PASSWORD_BYTES),
        "DEMO_API_KEY": f"sf_{secrets.token_hex(24)}",
    }
    complete = {**made, **known}
    if complete != known:
        private_file(places.secrets, json.dumps(complete, indent=2))
    return complete


def process_environment(
    places: Places, *, database_url: str, host: str, web_port: int, simulator_port: int
) -> dict[str, str]:
    """The environment of every process; what the caller's own environment says about the engine stays in force."""
    told: Mapping[str, str] = {
        **kept_secrets(places),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url,
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": f"127.0.0.1,localhost,[::1],{host}",
        "STATIC_ROOT": str(places.static),
        "MEDIA_ROOT": str(places.media),
        "PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "SIMULATOR_URL": f"http://127.0.0.1:{simulator_port}",
        "USER_DIRECTORY": "demo",
        "LOG_FORMAT": os.environ.get("LOG_FORMAT", "console"),
        "PYTHONUNBUFFERED": "1",
        RUN_MARK: secrets.token_hex(8),
    }
    return {**os.environ, **told}
