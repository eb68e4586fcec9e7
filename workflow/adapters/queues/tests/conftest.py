"""The sample workflows, as in the tests of the commands."""

from workflow.management.tests.conftest import no_notifier_left, sample_workflows

__all__ = ["no_notifier_left", "sample_workflows"]
