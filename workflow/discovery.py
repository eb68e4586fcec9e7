"""Imports the `workflows` modules of all apps. What is declared wrongly becomes a system check, not a traceback."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from workflow.core.errors import DefinitionError

MODULE = "workflows"
refused: list[tuple[str, DefinitionError]] = []
"""Modules that could not be registered, each with its reason."""


def discover() -> None:
    """Called once, when the apps are ready."""
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, MODULE):
            try:
                import_module(f"{app.name}.{MODULE}")
            except DefinitionError as error:
                refused.append((f"{app.name}.{MODULE}", error))
