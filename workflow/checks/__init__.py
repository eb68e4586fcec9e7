"""System checks. Every host runs them before it works; `manage.py check --database default` looks into PostgreSQL too.

workflow.E001  a definition cannot be registered; E002 to E013 say what about it:
         E002  a parameter, an input or a result has no type that can be resolved
         E003  a step or a workflow is async or a generator
         E004  the name of a step is empty or holds a '#'
         E005  an atomic step asks for what is for unknown outcomes
         E006  an undo asks for what the undone step does not have
         E007  two definitions have the same name and version
         E010  a transition or a machine is incomplete, or says two things at once
         E011  an arrow, or a state's limit, stands twice in a table
         E012  a rejecting state has a way out
         E013  a state has only guarded arrows out, and none holds (found while running)
workflow.E020  ATOMIC_REQUESTS is on: nothing could be driven inline, and a fact would wait for the response
workflow.E021  the `engine` alias is missing
workflow.E022  the `engine` alias is another database than `default`
workflow.E023  the database is not PostgreSQL
workflow.E030  a WORKFLOW_ setting has the wrong type or is out of range
workflow.E031  DEAD_AFTER_SECONDS is less than three heartbeats
workflow.E032  two limits stand in the wrong order
workflow.E040  the status trigger in the migrations is not what the FSM says
workflow.W041  the status trigger in PostgreSQL is not what the FSM says (with --database)
workflow.E050  two undos have one name: the history could not tell them apart
workflow.W001  a WORKFLOW_ setting that does not exist: a typing error
workflow.W010  a step that changes rows, or something outside, declares neither an undo nor NOTHING_TO_UNDO
workflow.W020  Q_CLUSTER lets django-q2 take tasks in advance or repeat them
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from workflow.checks.database import check_aliases, check_trigger_in_migrations, check_trigger_in_postgres
from workflow.checks.definitions import check_refused, check_undo_names, check_undos_declared
from workflow.checks.settings import check_cluster, check_names, check_order, check_values


@register("workflow")
def check_workflow(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Everything that can be known without a connection."""
    checks = (check_refused, check_undo_names, check_undos_declared, check_aliases, check_trigger_in_migrations)
    about_settings = (check_values, check_order, check_names, check_cluster)
    return [message for check in (*checks, *about_settings) for message in check()]


@register(Tags.database)
def check_workflow_database(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    databases: Iterable[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """What PostgreSQL itself holds."""
    return check_trigger_in_postgres() if "default" in (databases or ()) else []


def require_no_errors() -> None:
    """For servers that run no system checks of their own (gunicorn): ImproperlyConfigured names every error."""
    errors = [str(message) for message in run_checks(tags=["workflow"]) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(errors))
