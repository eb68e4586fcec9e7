"""The public test kit: drive a workflow under a clock that skips time, crash it at every write, check that it replays.

Load the plugin (`-p workflow.testing.plugin`) and read docs/howto/test-your-workflow.md. Names are looked up when they
are first used, because the plugin is imported before Django is set up.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow.testing.clock import FakeClock
    from workflow.testing.crashes import Crash, CrashReport, crash_points
    from workflow.testing.driving import Driven, Send, drive, go_on, undriven
    from workflow.testing.golden import assert_golden, record_golden
    from workflow.testing.replays import assert_replays

PLACES = {
    "Crash": "crashes",
    "CrashReport": "crashes",
    "Driven": "driving",
    "FakeClock": "clock",
    "Send": "driving",
    "assert_golden": "golden",
    "assert_replays": "replays",
    "crash_points": "crashes",
    "drive": "driving",
    "go_on": "driving",
    "record_golden": "golden",
    "undriven": "driving",
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"workflow.testing has no {name}.")
    return getattr(import_module(f"workflow.testing.{PLACES[name]}"), name)


__all__ = [
    "Crash",
    "CrashReport",
    "Driven",
    "FakeClock",
    "Send",
    "assert_golden",
    "assert_replays",
    "crash_points",
    "drive",
    "go_on",
    "record_golden",
    "undriven",
]
