"""What is declared wrongly is refused at once, with a sentence that says what to change and the id of a check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from workflow.core.definition import Reconciliation, StepContext, step, workflow
from workflow.core.errors import DefinitionError
from workflow.core.machine import Actor, Machine, Transition
from workflow.core.registry import registry
from workflow.core.run import Run


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    with registry.isolated():
        yield


def look_up(ctx: StepContext) -> Reconciliation:
    return Reconciliation.unknown()


@step
def asks_for_more(ctx: StepContext, *, something_else: int) -> None:
    """An undo that the steps below cannot satisfy."""


async def waits(ctx: StepContext) -> None:
    """Holds a loop instead of a thread."""


def generates(ctx: StepContext) -> Iterator[int]:
    yield 1


def silent(ctx: StepContext):  # type: ignore[no-untyped-def]
    """Does not say what it returns."""


def plain(ctx: StepContext) -> None:
    """Nothing wrong with it."""


WRONG_STEPS: list[tuple[str, Callable[[], Any]]] = [
    ("workflow.E003", lambda: step(waits)),
    ("workflow.E003", lambda: step(generates)),
    ("workflow.E002", lambda: step(silent)),
    ("workflow.E004", lambda: step(name="a#b")(plain)),
    ("workflow.E005", lambda: step(atomic=True, reconcile=look_up)(plain)),
    ("workflow.E005", lambda: step(atomic=True, at_most_once=True)(plain)),
    ("workflow.E005", lambda: step(atomic=True, close_key=look_up)(plain)),
    ("workflow.E006", lambda: step(undo=asks_for_more)(plain)),
]


@pytest.mark.parametrize(("check_id", "declare"), WRONG_STEPS)
def test_a_step_that_is_declared_wrongly_is_refused(check_id: str, declare: Callable[[], Any]) -> None:
    with pytest.raises(DefinitionError) as refused:
        declare()
    assert refused.value.check_id == check_id
    assert refused.value.message.endswith(".")


def test_a_workflow_without_types_or_with_another_shape_is_refused() -> None:
    def untyped(run: Run, value):  # type: ignore[no-untyped-def]
        """What is value?"""

    def alone(run: Run) -> None:
        """Takes no input."""

    async def waiting(run: Run, value: int) -> None:
        """Waiting holds no thread here anyway."""

    wrongs: list[Any] = [untyped, alone, waiting]
    for wrong in wrongs:
        with pytest.raises(DefinitionError):
            workflow(name="wrong")(wrong)
    assert list(registry) == []


def test_two_definitions_of_one_name_and_version_are_refused() -> None:
    def first(run: Run, value: int) -> None:
        """One."""

    def second(run: Run, value: int) -> None:
        """Another."""

    workflow(name="same")(first)
    with pytest.raises(DefinitionError, match="registered twice"):
        workflow(name="same")(second)
    workflow(name="same", version=2)(second)
    assert [definition.key for definition in registry] == [("same", 1), ("same", 2)]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"action": "NEXT", "auto": True},
        {"auto": True, "after": timedelta(1)},
        {"action": "A", "after": timedelta(1)},
    ],
)
def test_an_arrow_is_an_action_or_automatic_or_a_limit(given: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        Transition("A", to="B", **given)


def test_an_arrow_has_one_kind_of_work() -> None:
    def do(run: Run, data: int) -> None:
        """Work."""

    with pytest.raises(DefinitionError):
        Transition("A", "NEXT", "B", do=do, step=step(plain))


TABLES: list[dict[str, Any]] = [
    {"transitions": [Transition("A", "NEXT", "B"), Transition("A", "NEXT", "C")]},
    {"transitions": [Transition("A", after=timedelta(1), to="B"), Transition("A", after=timedelta(2), to="C")]},
    {"transitions": [Transition("A", "NEXT", "B"), Transition("B", "NEXT", "A")], "rejecting": ("B",)},
    {"initial": None},
]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_contradicts_itself_is_refused(table: dict[str, Any]) -> None:
    attributes = {"name": "m", "version": 1, "initial": "A", "transitions": [Transition("A", "NEXT", "B")], **table}
    if attributes["initial"] is None:
        del attributes["initial"]
    with pytest.raises(DefinitionError):
        type("Wrong", (Machine,), attributes)


def test_the_same_action_may_lead_elsewhere_for_somebody_else() -> None:
    class Door(Machine):
        name, version, initial = "door", 1, "A"
        transitions = [
            Transition("A", "NEXT", "B", actors={Actor.USER}),
            Transition("A", "NEXT", "C", actors={Actor.STAFF}),
        ]

    by_user, by_staff = (Door.find("A", "NEXT", actor) for actor in (Actor.USER, Actor.STAFF))
    assert by_user is not None
    assert by_staff is not None
    assert (by_user.to, by_staff.to) == ("B", "C")
    assert Door.find("A", "NEXT", Actor.PROVIDER) is None


def test_the_authoring_words_need_no_django() -> None:
    import subprocess
    import sys

    seen = "import sys, workflow, workflow.core.machine; print([m for m in sys.modules if m.split('.')[0] == 'django'])"
    answer = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "[]"
