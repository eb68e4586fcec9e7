"""A project with an app whose workflow cannot be registered."""

from config.settings_test import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "workflow.management.tests.wrong"]  # noqa: F405
