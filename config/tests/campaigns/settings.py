"""The settings of the campaigns' processes: those of the tests, with the sample application and a short poll."""

from config.settings_test import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "config.tests.campaigns.sample"]  # noqa: F405
Q_CLUSTER = {**Q_CLUSTER, "poll": 0.2}  # noqa: F405
WORKFLOW_POLL_SECONDS = 0.2
