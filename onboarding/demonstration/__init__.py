"""Onboardings played from the outside: over HTTP, as a client application, with the simulator's inbox for the codes.

Read `people.py` (who), `customer.py` (what a customer does), `history.py` (what the rows say), `scenarios/` (the four
that `make demo` plays), `table.py` (what came of them). `manage.py demo` and `manage.py demo_driver` are the hosts.
"""

from __future__ import annotations

import os
from pathlib import Path

ADMIN = "admin"
CLIENT = "demo"
PASSWORD_VARIABLE = "DEMO_ADMIN_PASSWORD"  # noqa: S105  the variable's name
KEY_VARIABLE = "DEMO_API_KEY"
_FOLDER = Path(__file__).parent.parent / "sanctions" / "samples"
SAMPLES = {
    "OFAC_SDN": _FOLDER / "ofac_sdn.csv",
    "OPENSANCTIONS": _FOLDER / "opensanctions_targets_simple.csv",
}


class SettingMissing(Exception):
    """A demonstration has no built-in secrets; the message names the variable."""


def given(variable: str) -> str:
    """A secret from the environment. Raises SettingMissing."""
    value = os.environ.get(variable, "")
    if not value:
        raise SettingMissing(f"{variable} is not set; `make run` and `make demo` make one.")
    return value
