"""A codec keeps what fits its type and says no to the rest, without repeating the value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from workflow.core.codec import VALUE_BYTES_MAX, Codec, Parameters
from workflow.core.errors import CodecError, DefinitionError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_characters="\x00", codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


class Person(BaseModel):
    name: str
    born: date | None = None


@given(JSON)
def test_json_comes_back_as_it_was(value: Any) -> None:
    codec = Codec(Any)
    assert codec.load(codec.dump(value)) == value


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (Decimal, Decimal("1.10")),
        (datetime, datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)),
        (timedelta, timedelta(days=1, microseconds=7)),
        (UUID, UUID(int=7)),
        (bytes, b"abc"),
        (set[int], {1, 2}),
        (tuple[int, str], (1, "a")),
        (Person, Person(name="Ann", born=date(2000, 1, 2))),
        (list[Person], [Person(name="Ann")]),
        (float | None, None),
    ],
)
def test_typed_values_come_back_as_they_were(declared: Any, value: Any) -> None:
    codec = Codec(declared)
    assert codec.load(codec.dump(value)) == value


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (int, "secret"),
        (int, None),
        (float, float("nan")),
        (list[float], [1.0, float("inf")]),
        (str, "a\x00b"),
        (str, "\ud800"),
        (Person, {"name": "secret"}),
        (Any, object()),
        (str, "x" * VALUE_BYTES_MAX),
    ],
)
def test_what_could_not_be_read_back_is_not_kept(declared: Any, value: Any) -> None:
    with pytest.raises(CodecError) as refused:
        Codec(declared).dump(value)
    assert "secret" not in refused.value.message


def test_what_does_not_fit_is_explained_by_field_and_never_repeated() -> None:
    with pytest.raises(CodecError) as refused:
        Codec(Person).accept({"name": ["secret"], "born": "secret"})
    assert "name:" in refused.value.message
    assert "born:" in refused.value.message
    assert "secret" not in refused.value.message
    with pytest.raises(CodecError) as unread:
        Codec(Person).load({"name": ["secret"]})
    assert "secret" not in unread.value.message


def test_a_number_is_exact_or_refused() -> None:
    for number in (2**63, 2**64, 10**30 + 1, -(10**30)):
        try:
            kept = Codec(int).load(Codec(int).dump(number))
        except CodecError:
            continue
        assert kept == number


def charge(ctx: object, amount: int, note: str = "") -> None:
    """A step, as far as parameters go."""


def test_parameters_are_one_value_however_they_are_given() -> None:
    parameters = Parameters(charge, skip=1)
    assert parameters.dump((1,), {}) == parameters.dump((), {"amount": 1}) == {"amount": 1, "note": ""}
    assert parameters.load({"amount": 1}) == {"amount": 1, "note": ""}


@pytest.mark.parametrize("given", [{}, {"amount": 1, "other": 2}, {"note": "x"}])
def test_a_call_with_missing_or_unknown_arguments_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(CodecError):
        Parameters(charge, skip=1).dump((), given)


def test_parameters_need_names_and_types() -> None:
    def loose(ctx: object, **anything: int) -> None:
        """Whatever."""

    def untyped(ctx, amount) -> None:  # type: ignore[no-untyped-def]
        """Whatever."""

    for function in (loose, untyped):
        with pytest.raises(DefinitionError):
            Parameters(function, skip=1)
