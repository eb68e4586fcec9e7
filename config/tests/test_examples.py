"""The examples of the documents do what the documents say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from config.tests.examples import ROOT, definition, python_blocks, written_down
from workflow.client import Actor
from workflow.testing import FakeClock, Send, assert_replays, crash_points, drive

if TYPE_CHECKING:
    from workflow.engine.host import Host

FIRST_WORKFLOW_LINES_MAX = 30
WITH_EXAMPLES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if "```python" in path.read_text()
)


@pytest.mark.parametrize("document", WITH_EXAMPLES)
def test_every_example_is_python(document: str) -> None:
    for block in python_blocks(document):
        ast.parse(block)


# -- the README -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[ModuleType]:
    with written_down(tmp_path, "shop", "README.md") as module:
        yield module


def test_the_first_workflow_is_short() -> None:
    assert len(python_blocks("README.md")[0].splitlines()) <= FIRST_WORKFLOW_LINES_MAX


@pytest.mark.django_db(transaction=True)
def test_the_first_workflow_runs_as_written(shop: ModuleType, host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(python_blocks("README.md")[1], "README.md", "exec"), {})
    assert "invoice 7" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_first_workflow_is_undone_when_nobody_pays(
    shop: ModuleType, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    began = clock.now()

    driven = drive(definition(shop, "buy"), 7, skip_limits=True)

    assert (driven.status, driven.failure and driven.failure["type"]) == ("COMPENSATED", "NOT_PAID")
    assert clock.now() - began >= timedelta(days=3)
    assert "back on the shelf" in capsys.readouterr().out
    assert_replays(driven.instance_id)


@pytest.mark.django_db
def test_the_first_workflow_survives_every_crash(shop: ModuleType) -> None:
    crash_points(definition(shop, "buy"), 7, Send("paid", "by card"))


@pytest.mark.django_db
def test_a_second_start_answers_with_the_live_instance(shop: ModuleType) -> None:
    first = drive(definition(shop, "buy"), 7)
    assert drive(definition(shop, "buy"), 7).instance_id == first.instance_id


# -- the state machine ------------------------------------------------------------------------------------------------


@pytest.fixture
def loans(tmp_path: Path) -> Iterator[ModuleType]:
    with written_down(tmp_path, "loans", "docs/howto/write-a-state-machine.md") as module:
        yield module


@pytest.mark.django_db
def test_the_machine_pays_out_a_small_loan_at_once(loans: ModuleType) -> None:
    driven = drive(loans.Loan, {"customer": "c1"}, Send("APPLY", {"cents": 40_000}))
    assert (driven.status, driven.state) == ("COMPLETED", "PAID_OUT")
    assert_replays(driven.instance_id)


@pytest.mark.django_db
def test_the_machine_leaves_a_large_loan_to_staff(loans: ModuleType) -> None:
    asked = Send("APPLY", {"cents": 4_000_000})
    approved = drive(loans.Loan, {"customer": "c1"}, asked, Send("APPROVE", actor=Actor.STAFF))
    rejected = drive(loans.Loan, {"customer": "c2"}, asked, Send("REJECT", actor=Actor.STAFF))
    assert (approved.state, rejected.state) == ("PAID_OUT", "REJECTED")
    assert rejected.status == "COMPLETED"


@pytest.mark.django_db
def test_the_machine_expires_when_nobody_applies(loans: ModuleType) -> None:
    driven = drive(loans.Loan, {"customer": "c1"}, skip_limits=True)
    assert (driven.status, driven.state) == ("TIMED_OUT", "EXPIRED")


@pytest.mark.django_db
def test_the_machine_refuses_what_its_do_refuses_and_stays(loans: ModuleType) -> None:
    from workflow import client

    started = drive(loans.Loan, {"customer": "c1"})
    with pytest.raises(client.WorkflowError, match="A loan is at least"):
        client.act(instance_id=started.instance_id, action="APPLY", actor=Actor.USER, data={"cents": 5}, wait=1.0)
    assert client.describe(started.instance_id).state == "ENTERED"
