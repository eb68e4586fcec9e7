"""`python -m simulator`: parse the options, serve until SIGTERM, leave nothing running."""

import argparse
import fcntl
import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import IO, NoReturn

from waitress.server import create_server

from simulator.app import create_app
from simulator.ledger import Ledger
from simulator.webhooks import Deliverer
from simulator.world import World

# The word that config.settings uses in development, where it protects nothing.
WEBHOOK_SECRET_DEFAULT = "ekyc_secret-for-development-only-which-protects-nothing-at-all"  # noqa: S105
PARENT_POLL_SECONDS = 0.5
CHANNEL_TIMEOUT_SECONDS = 300


def main() -> None:
    """Serve until told to end."""
    options = _parse()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    options.data.mkdir(parents=True, exist_ok=True)
    with (options.data / "lock").open("w") as lock:
        _own(lock, options.data)
        _serve(options)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="IP address to listen on")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one; the first line printed names it")
    parser.add_argument("--data", type=Path, required=True, help="folder of the ledger")
    parser.add_argument("--threads", type=int, default=64, help="requests served, or held back, at the same time")
    parser.add_argument("--webhook-delay-seconds", type=float, default=1.0, help="from a check to its decision")
    parser.add_argument("--end-with-parent", action="store_true", help="end when the starting process is gone")
    return parser.parse_args()


def _own(lock: IO[str], data: Path) -> None:
    """Two processes on one ledger would deliver its webhooks twice."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another simulator works on {data}.")


def _serve(options: argparse.Namespace) -> None:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.create_server((options.host, options.port), family=family)
    world = _world(options)
    server = create_server(
        create_app(world),
        sockets=[listener],
        threads=options.threads,
        channel_request_lookahead=1,  # lets a held call notice that its caller hung up
        channel_timeout=CHANNEL_TIMEOUT_SECONDS,
        connection_limit=1000,
        ident="simulator",
    )
    world.webhooks.start()

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        world.interruption.set()
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if options.end_with_parent:
        Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    sys.stdout.write(f"listening on http://{options.host}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    try:
        server.run()
    finally:
        server.close()
        world.stop()


def _world(options: argparse.Namespace) -> World:
    ledger = Ledger(options.data / "ledger.sqlite3")
    secret = os.environ.get("EKYC_SECRET") or WEBHOOK_SECRET_DEFAULT
    return World(
        ledger=ledger,
        webhooks=Deliverer(ledger, secret, time.time),
        clock=time.time,
        webhook_delay=options.webhook_delay_seconds,
    )


def _end_with_parent(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(PARENT_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
