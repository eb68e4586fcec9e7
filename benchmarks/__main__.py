"""`python -m benchmarks`: measures all in one run on a PostgreSQL of its own; a table, and JSON under `var/bench/`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from benchmarks import machine, phase, plan, report
from benchmarks.bars import Bar, bars
from benchmarks.environment import NotInstalled, peer_python
from benchmarks.plan import BARE, COUNTS, FEW, MANY, MEMORY, NAMES, PEER, STEADFAST, Case, Sizes
from benchmarks.server import Server


def main(words: list[str] | None = None) -> int:
    options = parse(words)
    sizes = plan.QUICK if options.quick else plan.FULL
    run, found = measured(sizes, tuple(options.only or NAMES))
    for line in report.lines(run, found):
        print(line)
    for name, profile in run["profiles"].items():
        for line in report.profile_lines(name, profile):
            print(line)
    print(f"\nWritten to {report.save(run, found)}.")
    missed = [bar for bar in found if bar.holds is False]
    return 1 if missed and options.enforce else 0


def parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it works, proves no figure")
    parser.add_argument("--only", action="append", choices=NAMES, help="measure only this; may be repeated")
    parser.add_argument("--enforce", action="store_true", help="end with 1 when a bar is missed")
    return parser.parse_args(words)


def measured(sizes: Sizes, wanted: tuple[str, ...]) -> tuple[dict[str, Any], list[Bar]]:
    """Everything that is wanted, and the bars it makes."""
    notes = []
    if PEER in wanted:
        try:
            peer_python()
        except NotInstalled as error:
            wanted = tuple(name for name in wanted if name != PEER)
            notes.append(f"skipped {PEER}: it could not be installed ({error}).")
    with Server() as server:
        run: dict[str, Any] = {**machine.described(server), "notes": notes}
        run["rounds"] = rounds(server, sizes, wanted)
        run["summary"] = report.summary(run["rounds"])
        run["counts"] = counts(server, sizes, wanted) if COUNTS in wanted else {}
        run["memory"] = memory(server, sizes) if MEMORY in wanted else {}
        found = bars(run["rounds"], run["counts"], run["memory"])
        run["profiles"] = profiles(server, sizes, found)
    return run, found


def rounds(server: Server, sizes: Sizes, wanted: tuple[str, ...]) -> list[dict[str, Any]]:
    found = []
    for number, cases in enumerate(plan.in_order(sizes, wanted), start=1):
        figures = {}
        for case in cases:
            say(f"round {number} of {sizes.rounds}: {case.name}")
            figures[case.name] = phase.run(server, case, seconds=sizes.seconds)
        found.append(figures)
    return found


def counts(server: Server, sizes: Sizes, wanted: tuple[str, ...]) -> dict[str, Any]:
    """Every subject alone, and Steadfast and the bare loop under the full load: what group commit saves."""
    cases = [Case(subject, FEW) for subject in (STEADFAST, BARE, PEER)]
    cases += [Case(subject, max(sizes.in_flight)) for subject in (STEADFAST, BARE)]
    found = {}
    for case in cases:
        if case.subject in wanted:
            say(f"counting: {case.name}")
            found[case.name] = phase.counted(server, case, sizes.counted)
    return found


def memory(server: Server, sizes: Sizes) -> dict[str, Any]:
    say(f"memory: up to {sizes.memory[-1]:,} workflows in one worker")
    found = phase.run(server, Case(STEADFAST, MANY), marks=list(sizes.memory))
    first, last = (mark["bytes"] for mark in found["marks"])
    return {**found, "ratio": last / first}


def profiles(server: Server, sizes: Sizes, found: list[Bar]) -> dict[str, Any]:
    """Where the time goes, for each load whose bar was missed."""
    missed = " ".join(bar.name for bar in found if bar.holds is False)
    cases = [case for case in (Case(STEADFAST, FEW), Case(STEADFAST, MANY)) if f"{case.name} /" in missed]
    profiled = {}
    for case in cases:
        say(f"profile: {case.name}")
        profiled[case.name] = phase.run(server, case, seconds=sizes.seconds, profile=True)["profile"]
    return profiled


def say(sentence: str) -> None:
    """Progress goes to stderr: stdout is the report."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
