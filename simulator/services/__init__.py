"""The providers that the simulator plays. Another one is a module here and a name in `SERVICES`."""

from simulator.keys import KEY_OPERATIONS
from simulator.service import Service
from simulator.services.bank import bank
from simulator.services.directory import directory
from simulator.services.ekyc import ekyc
from simulator.services.sms import sms

SERVICES: tuple[Service, ...] = (sms, ekyc, bank, directory)


def operation_names() -> dict[str, list[str]]:
    """Every operation that a fault script can name, by service."""
    return {s.name: [*s.operations, *(operation.name for operation in KEY_OPERATIONS)] for s in SERVICES}
