"""The Django app: discovers the `workflows` modules of all apps, and registers the system checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WorkflowConfig(AppConfig):
    name = "workflow"
    verbose_name = "Workflows"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from workflow import checks  # noqa: F401  registers itself

        autodiscover_modules("workflows")
