"""What is measured, how long and in which order. Read `cases` first."""

from __future__ import annotations

from dataclasses import dataclass

STEADFAST, BARE, PEER, MEMORY, COUNTS = "steadfast", "bare", "dbos", "memory", "counts"
NAMES = (STEADFAST, BARE, PEER, COUNTS, MEMORY)
FEW, SOME, MANY = 1, 16, 64  # in flight


@dataclass(frozen=True, slots=True)
class Sizes:
    """`seconds` of each timed phase, `counted` workflows in each counting one, `memory`: where memory is read."""

    rounds: int
    seconds: float
    counted: int
    memory: tuple[int, int]
    in_flight: tuple[int, ...] = (FEW, SOME, MANY)
    peer_threads: tuple[int, ...] = (1, 4, 8, 16, 32)


FULL = Sizes(rounds=3, seconds=5.0, counted=500, memory=(10_000, 100_000))
QUICK = Sizes(rounds=1, seconds=1.5, counted=100, memory=(2_000, 20_000))


@dataclass(frozen=True, slots=True)
class Case:
    """One subject under one load."""

    subject: str
    in_flight: int
    pinned: bool = True  # to one processor; Steadfast's worker and the bare loop always are

    @property
    def name(self) -> str:
        as_it_comes = "" if self.pinned else " as it comes"
        return f"{self.subject} {self.in_flight}{as_it_comes}"


def cases(sizes: Sizes, subjects: tuple[str, ...]) -> list[Case]:
    """One round: the subjects take turns, so that whatever the machine does meanwhile meets all of them."""
    own = [[Case(subject, many) for subject in (STEADFAST, BARE)] for many in sizes.in_flight]
    peer = [[Case(PEER, many, pinned=False), Case(PEER, many)] for many in sizes.peer_threads]
    longest = max(len(own), len(peer))
    turns = [group for place in range(longest) for group in (own[place : place + 1] + peer[place : place + 1])]
    return [case for group in turns for case in group if case.subject in subjects]


def in_order(sizes: Sizes, subjects: tuple[str, ...]) -> list[list[Case]]:
    """All rounds, every second one backwards."""
    one = cases(sizes, subjects)
    return [one if number % 2 == 0 else one[::-1] for number in range(sizes.rounds)]
