"""The table of a run, for the terminal and for `docs/benchmarks.md`; the same as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.bars import Bar, Round
from benchmarks.environment import ROOT

FOLDER = ROOT / "var" / "bench"
FIGURES = ("throughput", "p50_ms", "p99_ms", "cpu_ms")
STEPS = 3


def summary(rounds: list[Round]) -> dict[str, dict[str, dict[str, float]]]:
    """Median, min and max of every figure of every case."""
    names = sorted({name for each in rounds for name in each}, key=_place)
    return {
        name: {figure: _spread([r[name][figure] for r in rounds if name in r]) for figure in FIGURES} for name in names
    }


def _place(name: str) -> tuple[str, int, str]:
    subject, in_flight, *rest = name.split()
    return {"steadfast": "0", "bare": "1"}.get(subject, "2"), int(in_flight), " ".join(rest)


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def lines(run: Mapping[str, Any], bars: list[Bar]) -> Iterator[str]:
    """The whole report as text (Markdown tables, readable as they are)."""
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    load = " ".join(f"{each:.2f}" for each in run["load"])
    yield f"{run['at']}, commit {run['commit']}, {versions}; load at the start {load}"
    yield ""
    yield from table(
        ["case (in flight)", "workflows/s", "min..max", "p50 ms", "min..max", "p99 ms", "CPU ms each"],
        [[name, *_timed(each)] for name, each in run["summary"].items()],
    )
    yield from _counts(run["counts"])
    yield from _memory(run["memory"])
    yield ""
    yield from table(
        ["bar", "wanted", "ratio", "min..max", "verdict"],
        [[b.name, b.wanted, _number(b.value), f"{_number(b.low)}..{_number(b.high)}", b.verdict] for b in bars],
    )
    for note in run["notes"]:
        yield f"Note: {note}"


def _timed(each: Mapping[str, Mapping[str, float]]) -> list[str]:
    throughput, p50 = each["throughput"], each["p50_ms"]
    rest = [_of(each["p99_ms"], 1), _of(each["cpu_ms"], 2)]
    return [_of(throughput, 0), _range(throughput, 0), _of(p50, 2), _range(p50, 2), *rest]


def _counts(counts: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    if not counts:
        return
    yield ""
    yield from table(
        ["by count", "round trips/step", "commits/step", "round trips", "checkpoints", "trips/checkpoint"],
        [[name, *_counted(each)] for name, each in counts.items()],
    )


def _counted(each: Mapping[str, float]) -> list[str]:
    """Per step and per workflow."""
    trips, commits = each["statements_per_workflow"], each["commits_per_workflow"]
    checkpoints = each["checkpoints_per_workflow"]
    per_checkpoint = f"{each['statements_per_checkpoint']:.3f}" if checkpoints else "-"
    return [f"{trips / STEPS:.2f}", f"{commits / STEPS:.2f}", f"{trips:.2f}", f"{checkpoints:.2f}", per_checkpoint]


def _memory(memory: Mapping[str, Any]) -> Iterator[str]:
    if not memory:
        return
    yield ""
    rows = [[f"{mark['count']:,}", f"{mark['bytes'] / 2**20:.1f}"] for mark in memory["marks"]]
    yield from table(["workflows in one worker", "resident MiB"], rows)


def table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    yield _row(head, widths)
    yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    for row in rows:
        yield _row(row, widths)


def _row(cells: list[str], widths: list[int]) -> str:
    """The first cell to the left, figures to the right."""
    padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"| {' | '.join([cells[0].ljust(widths[0]), *padded[1:]])} |"


def _of(spread: Mapping[str, float], digits: int) -> str:
    return f"{spread['median']:,.{digits}f}"


def _range(spread: Mapping[str, float], digits: int) -> str:
    return f"{spread['min']:,.{digits}f}..{spread['max']:,.{digits}f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def profile_lines(name: str, profile: Mapping[str, Any]) -> Iterator[str]:
    """Where the time of one case went."""
    yield ""
    yield (
        f"Where the time goes, {name}: {profile['waited_share']:.0%} of it some write waits for PostgreSQL,"
        f" {profile['write_share'] - profile['waited_share']:.0%} is Python around the writes;"
        f" Python is on the processor {profile['python_share']:.0%} of the time."
    )
    yield from table(
        ["flush of up to", "flushes", "checkpoints", "ms each", "of it PostgreSQL", "ms/checkpoint"],
        [_flushes(each) for each in profile["flushes"]],
    )
    spent = ", ".join(f"{kind} {seconds:.2f}" for kind, seconds in sorted(profile["threads_cpu_seconds"].items()))
    yield f"Processor seconds by thread: {spent}."


def _flushes(each: Mapping[str, float]) -> list[str]:
    per_checkpoint = each["ms_each"] * each["count"] / each["members"]
    figures = [f"{each['ms_each']:.2f}", f"{each['waited_ms_each']:.2f}", f"{per_checkpoint:.3f}"]
    return [str(each["size_up_to"]), str(each["count"]), str(each["members"]), *figures]


def save(run: Mapping[str, Any], bars: list[Bar]) -> Path:
    """As `var/bench/<instant>.json` and `var/bench/latest.json`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**run, "bars": [{**asdict(bar), "verdict": bar.verdict} for bar in bars]}, indent=1)
    path = FOLDER / f"{run['at'].replace(':', '').replace('+0000', 'Z')}.json"
    for each in (path, FOLDER / "latest.json"):
        each.write_text(text)
    return path
