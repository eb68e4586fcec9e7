"""API keys for applications and commands: the public names. How a key is kept stands in `workflow.engine.keys`."""

from __future__ import annotations

from workflow.engine.keys import InvalidKey, create_key, find_key, revoke_key, rotate_key

__all__ = ["InvalidKey", "create_key", "find_key", "revoke_key", "rotate_key"]
