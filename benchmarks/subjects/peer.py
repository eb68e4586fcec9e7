"""DBOS Transact, called the way its documentation shows: a workflow function of three steps, called by threads.

Runs in the peer's own environment (see `benchmarks/environment.py`), so it imports nothing of Steadfast.
"""

from __future__ import annotations

import os

from dbos import DBOS, DBOSConfig

from benchmarks.asked import Asked, answer, measure, pin


@DBOS.step()  # type: ignore[untyped-decorator]
def add_one(value: int) -> int:
    return value + 1


@DBOS.workflow()  # type: ignore[untyped-decorator]
def three_steps(value: int) -> int:
    for _ in range(3):
        value = add_one(value)
    return value


def main() -> None:
    asked = Asked.read()
    if asked.pinned:
        pin()
    address = os.environ["PEER_DATABASE_URL"].replace("postgres://", "postgresql+psycopg://", 1)
    config: DBOSConfig = {"name": "bench", "system_database_url": address, "log_level": "WARNING"}
    DBOS(config=config)
    DBOS.launch()
    try:
        found = measure(asked, one_workflow)
    finally:
        DBOS.destroy()
    answer(asked, found)


def one_workflow() -> None:
    if three_steps(1) != 4:
        raise AssertionError("The workflow answered a wrong number.")


if __name__ == "__main__":
    main()
