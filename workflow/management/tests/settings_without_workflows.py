"""A project that has installed the engine and no workflow."""

from config.settings_test import *  # noqa: F403

INSTALLED_APPS = [app for app in INSTALLED_APPS if not app.startswith("onboarding")]  # noqa: F405
ROOT_URLCONF = "workflow.api.probes"
SPECTACULAR_SETTINGS = {**SPECTACULAR_SETTINGS, "ENUM_NAME_OVERRIDES": {}}  # noqa: F405
