"""Operators' questions may be slow, workers must not be: every read has an end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

READ_SECONDS_MAX = 5.0


@contextmanager
def reading(seconds: float = READ_SECONDS_MAX) -> Iterator[None]:
    """Statements inside end after `seconds` with an OperationalError (57014): a long snapshot keeps dead rows alive."""
    inside_another = connection.in_atomic_block
    with transaction.atomic():
        _limit(f"{int(seconds * 1000)}ms")
        yield
        if inside_another:
            _limit("DEFAULT")


def _limit(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout TO {value if value == 'DEFAULT' else repr(value)}")
