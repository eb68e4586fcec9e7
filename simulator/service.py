"""How a provider is written: a `Service`, and one decorated function for each operation."""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.act import Act
from simulator.exchange import Answer

Handler = Callable[[Act], Answer]


@dataclass(frozen=True)
class Operation:
    """What a caller can ask of a service. A keyed one happens once under its `Idempotency-Key`."""

    name: str
    method: str
    rule: str
    keyed: bool
    handler: Handler


@dataclass(frozen=True)
class Service:
    """A provider. A reference should have at most one live thing of each of its `single_kinds`."""

    name: str
    single_kinds: frozenset[str] = frozenset()
    operations: dict[str, Operation] = field(default_factory=dict)

    def operation(self, name: str, method: str, rule: str, *, keyed: bool = True) -> Callable[[Handler], Handler]:
        """Register a function as operation `name`, served at `/<service><rule>`."""

        def register(handler: Handler) -> Handler:
            self.operations[name] = Operation(name, method, rule, keyed, handler)
            return handler

        return register
