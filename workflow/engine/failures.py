"""Describing an exception: type, message, and a signature that is the same for the same cause."""

from __future__ import annotations

import asyncio
import re
import traceback
from typing import Any

MESSAGE_CHARACTERS_MAX = 2_000
RAISED = (Exception, SystemExit, GeneratorExit, asyncio.CancelledError)
"""What an author's code may end in: all but the engine's own control flow and Ctrl-C."""
_VARIABLE = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


def error_of(error: BaseException) -> dict[str, Any]:
    """The JSON form of an error. `code` and `retryable` are there when the error says them itself."""
    message = str(error).replace("\x00", "")[:MESSAGE_CHARACTERS_MAX]
    described: dict[str, Any] = {"type": type(error).__name__, "message": message, "signature": signature_of(error)}
    for name in ("code", "retryable"):
        if isinstance(value := getattr(error, name, None), str | bool):
            described[name] = value
    return described


def signature_of(error: BaseException) -> str:
    """Exception class, innermost own frame, and the message without ids, numbers and quoted values."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    place = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].name}" if frames else "?"
    message = _VARIABLE.sub("?", str(error).splitlines()[0] if str(error) else "")[:120]
    return f"{type(error).__name__}@{place}:{message}".replace("\x00", "")
