"""The screens of django-q2, tamed: a schedule runs any importable callable, so nobody makes one in the admin.

Schedules are code (`workflow.adapters.queues.django_q.schedules`); superusers may look at them. Nothing is resubmitted
by hand either: the next schedule does the same.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest


class OnlyLooking:
    """Before a ModelAdmin: superusers see, nobody changes."""

    actions = None

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


def guard_queue() -> None:
    """Put our screens in the place of those that django-q2 registered for itself."""
    if not apps.is_installed("django_q"):
        return
    for model in apps.get_app_config("django_q").get_models():
        if admin.site.is_registered(model):
            theirs = type(admin.site.get_model_admin(model))
            admin.site.unregister(model)
            admin.site.register(model, type(f"Guarded{theirs.__name__}", (OnlyLooking, theirs), {}))
