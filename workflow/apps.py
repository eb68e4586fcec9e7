"""The Django app: discovers the `workflows` modules of all apps, and registers the system checks.

`ControlAdminConfig` stands in INSTALLED_APPS in the place of `django.contrib.admin`: the same admin, with our site.
"""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class WorkflowConfig(AppConfig):
    name = "workflow"
    verbose_name = "Workflows"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from workflow import checks  # noqa: F401  registers itself
        from workflow.discovery import discover

        discover()
        if apps.is_installed("django_q"):
            from workflow.adapters.queues.django_q import connect

            connect()


class ControlAdminConfig(AdminConfig):
    """`admin.site` is ours, so whatever registers there is served by it."""

    default_site = "workflow.admin.site.ControlSite"

    def ready(self) -> None:
        super().ready()
        from workflow.admin.groups import create_groups
        from workflow.admin.screens import register_all

        register_all()
        post_migrate.connect(create_groups, dispatch_uid="workflow.admin.groups")
