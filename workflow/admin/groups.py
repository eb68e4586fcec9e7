"""Who may do what: a permission for every action, and the groups that staff are put into. Made after each migrate.

Groups get what they lack and lose nothing: what an administrator adds to them stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.apps.registry import Apps
from django.apps.registry import apps as all_apps

from workflow.admin.actions import APP, INCIDENT_ACTIONS, INSTANCE_ACTIONS, Action
from workflow.admin.hooks import granted
from workflow.admin.values import SEE_VALUES

SCREENS = ("instance", "stepexecution", "inboxmessage", "incident", "worker", "deployeddefinition", "statesnapshot")
LOOKING = tuple(f"{APP}.view_{model}" for model in SCREENS)
MENDING = ("resume", "retry-step", "pause", "cancel", "restart")
DECIDING = ("complete-step", "skip-step", "compensate", "resolve-compensation", "terminate")
SETTLING = ("acknowledge", "resolve")


def _permissions(names: Iterable[str]) -> tuple[str, ...]:
    known = INSTANCE_ACTIONS | INCIDENT_ACTIONS
    return tuple(known[name].full_permission for name in names)


CHANGE = f"{APP}.change_instance"  # the operators' API asks for it

GROUPS: dict[str, tuple[str, ...]] = {
    "viewer": LOOKING,  # sees where everything stands; no values
    "auditor": (*LOOKING, SEE_VALUES),  # reads everything, acts on nothing
    "analyst": (*LOOKING, SEE_VALUES, *_permissions(("decide",))),  # takes the decisions that workflows leave to staff
    "operator": (*LOOKING, SEE_VALUES, *_permissions((*MENDING, *SETTLING))),  # puts failures right
    "lead": (  # and decides what cannot be taken back
        *LOOKING,
        SEE_VALUES,
        CHANGE,
        *_permissions((*MENDING, *SETTLING, *DECIDING, "decide")),
    ),
}


def create_groups(app_config: AppConfig, using: str = "default", apps: Apps = all_apps, **_: Any) -> None:
    """Receiver of `post_migrate`: runs for every app, so that permissions granted by later apps are found as well."""
    from django.contrib.auth.management import create_permissions

    if not any(app_config.label == permission.split(".")[0] for permission in _all_permissions()):
        return
    create_permissions(app_config, using=using, apps=apps, verbosity=0)
    if app_config.label == APP:
        _create_action_permissions(apps, using)
    group_model = apps.get_model("auth", "Group")
    for name in GROUPS:
        group, _created = group_model.objects.using(using).get_or_create(name=name)
        group.permissions.add(*_found(apps, using, name, app_config.label))


def _all_permissions() -> set[str]:
    return {permission for name, own in GROUPS.items() for permission in (*own, *granted(name))}


def _found(apps: Apps, using: str, group: str, label: str) -> list[Any]:
    wanted = {
        permission.split(".")[1]
        for permission in (*GROUPS[group], *granted(group))
        if permission.startswith(f"{label}.")
    }
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    return list(permissions.filter(content_type__app_label=label, codename__in=wanted))


def _create_action_permissions(apps: Apps, using: str) -> None:
    types = apps.get_model("contenttypes", "ContentType").objects.db_manager(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    for model, actions in (("Instance", INSTANCE_ACTIONS), ("Incident", INCIDENT_ACTIONS)):
        content_type = types.get_for_model(apps.get_model(APP, model))
        for action in actions.values():
            _create(permissions, content_type, action)


def _create(permissions: Any, content_type: Any, action: Action) -> None:
    permissions.update_or_create(content_type=content_type, codename=action.permission, defaults={"name": action.may})
