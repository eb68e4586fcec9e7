"""The bars: ratios within one run, each with what is wanted of it. A ratio is the median of the rounds' own ratios."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.plan import BARE, FEW, MANY, PEER, STEADFAST, Case

OF_BARE_MIN = 0.40
OF_PEER_MIN = 12.0
P50_OF_PEER_MAX = 0.25
STATEMENTS_PER_CHECKPOINT_MAX = 1.0
MEMORY_GROWTH_MAX = 1.05

Round = Mapping[str, Mapping[str, Any]]  # figures by case name


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` is None where one side was not measured."""

    name: str
    wanted: str
    value: float | None
    holds: bool | None
    low: float | None = None
    high: float | None = None

    @property
    def verdict(self) -> str:
        return "not measured" if self.holds is None else "PASS" if self.holds else "MISS"


def bars(rounds: list[Round], counts: Mapping[str, Any], memory: Mapping[str, Any]) -> list[Bar]:
    fastest, quickest = best_peer(rounds, "throughput", max), best_peer(rounds, "p50_ms", min, threads=FEW)
    many, few = Case(STEADFAST, MANY).name, Case(STEADFAST, FEW).name
    of_bare = ratios(rounds, many, Case(BARE, MANY).name, "throughput")
    of_peer = ratios(rounds, many, fastest, "throughput")
    of_quickest = ratios(rounds, few, quickest, "p50_ms")
    per_checkpoint = counts.get(few, {}).get("statements_per_checkpoint")
    return [
        _bar(f"{many} / {BARE} {MANY}, throughput", of_bare, at_least=OF_BARE_MIN),
        _bar(f"{many} / best of {PEER} ({fastest or '-'}), throughput", of_peer, at_least=OF_PEER_MIN),
        _bar(f"{few} / {quickest or PEER}, p50", of_quickest, at_most=P50_OF_PEER_MAX),
        _bar("statements per checkpoint", _alone(per_checkpoint), at_most=STATEMENTS_PER_CHECKPOINT_MAX),
        _bar("memory, more / fewer workflows", _alone(memory.get("ratio")), at_most=MEMORY_GROWTH_MAX),
    ]


def ratios(rounds: list[Round], one: str, other: str | None, figure: str) -> list[float]:
    """Of each round that has both: what the machine did meanwhile met both."""
    if other is None:
        return []
    return [each[one][figure] / each[other][figure] for each in rounds if one in each and other in each]


def best_peer(rounds: list[Round], figure: str, better: Callable[..., str], threads: int | None = None) -> str | None:
    """The peer's best case by its median, pinned or as it comes; None where it was not measured."""
    names = {name for each in rounds for name in each if name.split()[0] == PEER}
    if threads is not None:
        names = {name for name in names if name.split()[1] == str(threads)}
    if not names:
        return None
    return better(sorted(names), key=lambda name: statistics.median(each[name][figure] for each in rounds))


def _alone(value: float | None) -> list[float]:
    return [] if value is None else [value]


def _bar(name: str, values: list[float], *, at_least: float | None = None, at_most: float | None = None) -> Bar:
    wanted = f">= {at_least:g}" if at_least is not None else f"<= {at_most:g}"
    if not values:
        return Bar(name, wanted, None, None)
    value = statistics.median(values)
    holds = value >= at_least if at_least is not None else at_most is not None and value <= at_most
    return Bar(name, wanted, value, holds, min(values), max(values))
