"""The settings of tests and checks: those of production, with secrets that protect nothing and a fast password hash."""

import os

for variable in ("SECRET_KEY", "ONBOARDING_OTP_KEY", "SMS_SECRET", "EKYC_SECRET", "CORE_BANKING_SECRET"):
    os.environ.setdefault(variable, f"{variable.lower()}-of-the-tests-which-protects-nothing-at-all-0123456789")
os.environ.setdefault("HTTPS", "0")
os.environ.setdefault("LOG_FORMAT", "console")

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True  # nothing was collected: files are looked for when they are asked for
