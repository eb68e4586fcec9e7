"""Webhooks: a durable queue, signed deliveries, repeated with backoff until the receiver answers 2xx."""

import hashlib
import hmac
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Thread

import urllib3

from simulator.ledger import Ledger

DELIVERY_TIMEOUT_SECONDS = 10.0
DELIVERY_THREADS = 8
DELIVERY_BATCH_SIZE = 32
BACKOFF_SECONDS_FIRST = 0.5
BACKOFF_SECONDS_MAX = 30.0
IDLE_SECONDS_MAX = 1.0
AGE_SECONDS_MAX = 3 * 24 * 3600.0
HTTP_OK_RANGE = range(200, 300)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The `X-Signature` header: an HMAC-SHA256 over the time and the raw body."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={digest.hexdigest()}"


class Deliverer:
    """One thread that finds what is due, a few that send it."""

    def __init__(self, ledger: Ledger, secret: str, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._secret = secret
        self._clock = clock
        self._http = urllib3.PoolManager(maxsize=DELIVERY_THREADS)
        self._in_flight: set[int] = set()
        self._lock = Lock()
        self._news = Event()
        self._stopping = Event()
        self._senders = ThreadPoolExecutor(DELIVERY_THREADS, thread_name_prefix="webhook")
        self._finder = Thread(target=self._find_until_stopped, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to deliver, with what an earlier process left undelivered."""
        self._finder.start()

    def stop(self) -> None:
        """Send nothing new; what is on its way ends or is repeated by the next process."""
        self._stopping.set()
        self._news.set()
        self._finder.join()
        self._senders.shutdown(wait=False, cancel_futures=True)

    def notice(self) -> None:
        """There may be something due."""
        self._news.set()

    def deliver_now(self, call_id: int) -> None:
        """Send the webhooks of a call before it is answered; one attempt, the queue has the others."""
        with self._ledger.read() as db:
            rows = db.execute("SELECT id FROM webhook WHERE call_id = ? AND status = 'PENDING'", (call_id,)).fetchall()
        for row in rows:
            if self._claim(row["id"]):
                self._deliver(row["id"], not_after=float("inf"))

    def _find_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            self._news.wait(self._send_what_is_due())

    def _send_what_is_due(self) -> float:
        """Hand out what is due; the seconds until more will be."""
        now = self._clock()
        with self._ledger.read() as db:
            due = db.execute(
                "SELECT id FROM webhook WHERE status = 'PENDING' AND due_at <= ? ORDER BY due_at LIMIT ?",
                (now, DELIVERY_BATCH_SIZE),
            ).fetchall()
            later = db.execute(
                "SELECT min(due_at) FROM webhook WHERE status = 'PENDING' AND due_at > ?", (now,)
            ).fetchone()[0]
        for row in due:
            if self._claim(row["id"]):
                self._senders.submit(self._deliver, row["id"], not_after=now)
        return IDLE_SECONDS_MAX if later is None else min(later - now, IDLE_SECONDS_MAX)

    def _claim(self, webhook_id: int) -> bool:
        with self._lock:
            is_free = webhook_id not in self._in_flight
            self._in_flight.add(webhook_id)
        return is_free

    def _deliver(self, webhook_id: int, *, not_after: float) -> None:
        """Send a claimed webhook, if it is still due: another thread may have sent it between look and claim."""
        try:
            with self._ledger.read() as db:
                row = db.execute(
                    "SELECT * FROM webhook WHERE id = ? AND status = 'PENDING' AND due_at <= ?", (webhook_id, not_after)
                ).fetchone()
            if row is not None:
                answer = self._send(row)
                self._ledger.write(lambda tx: _note(tx, webhook_id, answer, self._clock()))
        finally:
            with self._lock:
                self._in_flight.discard(webhook_id)
            self._news.set()

    def _send(self, row: sqlite3.Row) -> int | str:
        """One attempt: the receiver's status, or what went wrong on the way."""
        body = row["body"].encode()
        headers = {
            "Content-Type": "application/json",
            "X-Event-Id": row["event_id"],
            "X-Correlation-ID": row["correlation_id"],
            "X-Signature": signature(self._secret, int(self._clock()), body),
        }
        try:
            timeout = urllib3.Timeout(total=DELIVERY_TIMEOUT_SECONDS)
            answer = self._http.request(
                "POST", row["url"], body=body, headers=headers, timeout=timeout, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        return answer.status


def _note(tx: sqlite3.Connection, webhook_id: int, answer: int | str, now: float) -> None:
    """Write down an attempt and when the next one is due; what was cancelled meanwhile stays cancelled."""
    row = tx.execute("SELECT * FROM webhook WHERE id = ?", (webhook_id,)).fetchone()
    if row is None:
        return
    arrived = isinstance(answer, int) and answer in HTTP_OK_RANGE
    delivered = row["delivered"] + arrived
    failures = row["attempts"] - row["delivered"]
    wait = 0.0 if arrived else min(BACKOFF_SECONDS_FIRST * 2.0 ** min(failures, 16), BACKOFF_SECONDS_MAX)
    status = row["status"]
    if status == "PENDING" and delivered >= row["copies"]:
        status = "DELIVERED"
    elif status == "PENDING" and now - row["created_at"] > AGE_SECONDS_MAX:
        status = "GIVEN_UP"
    tx.execute(
        "UPDATE webhook SET attempts = attempts + 1, delivered = ?, status = ?, due_at = ?, last_answer = ?"
        " WHERE id = ?",
        (delivered, status, now + wait, str(answer), webhook_id),
    )
