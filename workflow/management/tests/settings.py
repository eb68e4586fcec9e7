"""The settings of the tests' processes: those of the tests, with the sample application and short intervals."""

from config.settings_test import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "workflow.management.tests.sample"]  # noqa: F405
Q_CLUSTER = {**Q_CLUSTER, "poll": 0.2}  # noqa: F405

WORKFLOW_HEARTBEAT_SECONDS = 0.2
WORKFLOW_DEAD_AFTER_SECONDS = 1.0
WORKFLOW_POLL_SECONDS = 0.2
