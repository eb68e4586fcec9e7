"""The four scenarios, in the order in which they are played."""

from __future__ import annotations

from collections.abc import Callable

from onboarding.demonstration.scenarios.by_http_alone import by_http_alone
from onboarding.demonstration.scenarios.deployment import deployment
from onboarding.demonstration.scenarios.killed_worker import killed_worker
from onboarding.demonstration.scenarios.sanctions_hit import sanctions_hit
from onboarding.demonstration.stage import Stage

SCENARIOS: dict[str, Callable[[Stage], None]] = {
    "1 a customer completes v1 by HTTP alone": by_http_alone,
    "2 v2 meets a sanctions hit and takes everything back": sanctions_hit,
    "3 a worker is killed inside the eKYC step": killed_worker,
    "4 logic 2 and v2 are deployed under running v1": deployment,
}
