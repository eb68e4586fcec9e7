"""`manage.py demo_data`: what a demonstration needs to begin with. Doing it again changes nothing.

DEMO_ADMIN_PASSWORD  the password of `admin`
DEMO_API_KEY         the key of the client application `demo`
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from onboarding import services
from onboarding.demonstration import ADMIN, CLIENT, KEY_VARIABLE, PASSWORD_VARIABLE, SAMPLES, SettingMissing, given
from onboarding.models import SanctionsList
from workflow.api.keys import InvalidKey, create_key, rotate_key

SCOPE = "onboarding"


class Command(BaseCommand):
    help = "Makes the administrator, the client application's key and the sample sanctions lists of a demonstration."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            password, key = given(PASSWORD_VARIABLE), given(KEY_VARIABLE)
        except SettingMissing as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(f"Administrator: {make_administrator(password)}")
        self.stdout.write(f"Client application: {make_client(key)}")
        for source, path in SAMPLES.items():
            if not SanctionsList.objects.filter(source=source).exists():
                services.load_sanctions(path)
                self.stdout.write(f"Sanctions list: {source} from {path.name}")


def make_administrator(password: str) -> str:
    """A superuser with this password."""
    user, _ = get_user_model().objects.get_or_create(
        username=ADMIN, defaults={"is_staff": True, "is_superuser": True, "email": f"{ADMIN}@example.com"}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return ADMIN


def make_client(key: str) -> str:
    """The client application under this key, whatever its key was before."""
    try:
        create_key(CLIENT, [SCOPE], key)
    except InvalidKey:
        rotate_key(CLIENT, key)
    return CLIENT
