"""The scopes of the operators' endpoints; an application declares its own the same way."""

from __future__ import annotations

from workflow.engine.scopes import declare_scope

__all__ = ["OPERATOR", "OPERATOR_VALUES", "declare_scope"]

OPERATOR = declare_scope("operator", "read every instance and give staff commands; values stay hidden")
OPERATOR_VALUES = declare_scope("operator-values", "with `operator`: read inputs, outputs and messages as well")
