"""Unknown is not failed: a call that may have arrived is looked up or repeated under its key before it is given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflow import (
    ApplicationFailure,
    OnExhausted,
    Reconciliation,
    RetryPolicy,
    Run,
    StepContext,
    StepFailed,
    client,
    step,
    workflow,
)
from workflow.models import Incident, StepExecution
from workflow.testing import Driven, FakeClock, assert_replays, drive, go_on
from workflow.tests.ledger import ledger
from workflow.tests.paying import LIMIT, THREE, _skip, look_up, paying, reconciled, slow_only_once, slowly, undo

pytestmark = pytest.mark.django_db


@step(
    name="pay",
    reconcile=look_up,
    reconcile_policy=RetryPolicy(initial_interval=timedelta(seconds=5), maximum_duration=timedelta(minutes=5)),
    undo=undo,
)
def impatient(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step(name="pay", retry=THREE, undo=undo)
def repeated(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


@step(name="pay", retry=THREE, at_most_once=True, undo=undo)
def only_once(ctx: StepContext, *, amount: int) -> int:
    return ledger.do(ctx.idempotency_key, amount)


slow_repeated = step(name="pay", retry=THREE, timeout=LIMIT, undo=undo)(slowly)

slow_reconciled = step(name="pay", retry=THREE, timeout=LIMIT, reconcile=look_up, undo=undo)(slowly)


def outcomes(driven: Driven) -> list[tuple[int, str]]:
    return [(e.payload["attempt"], e.payload["outcome"]) for e in driven.of("STEP_FAILED")]


def test_done_at_the_other_side_completes_the_step_without_a_second_call() -> None:
    ledger.troubles = ["AFTER"]

    driven = drive(paying(reconciled), 5)

    assert (driven.status, driven.result) == ("COMPLETED", 5)
    assert len(ledger.calls) == 1
    assert len(ledger.look_ups) == 1
    assert outcomes(driven) == [(1, "UNKNOWN")]
    assert_replays(driven.instance_id)


def test_not_done_repeats_the_call_under_the_same_key() -> None:
    ledger.troubles = ["BEFORE"]

    driven = drive(paying(reconciled), 5)

    assert driven.result == 5
    assert ledger.calls == [f"{driven.instance_id}:pay#1:1"] * 2


def test_unknown_asks_again_after_5_to_60_seconds_and_holds_no_thread(clock: FakeClock) -> None:
    ledger.troubles, ledger.blind = ["AFTER"], 6
    began = clock.now()

    driven = drive(paying(reconciled), 5)

    assert driven.result == 5
    assert len(ledger.calls) == 1
    assert clock.now() - began >= timedelta(seconds=5 + 10 + 20 + 40 + 60 + 60)


def test_a_look_up_that_raises_could_not_tell() -> None:
    asked: list[int] = []

    def breaks_first(ctx: StepContext, *, amount: int) -> Reconciliation:
        asked.append(1)
        if len(asked) == 1:
            raise ConnectionError("the look-up broke")
        return ledger.look_up(ctx.idempotency_key)

    @step(name="pay", retry=THREE, reconcile=breaks_first)
    def pay(ctx: StepContext, *, amount: int) -> int:
        return ledger.do(ctx.idempotency_key, amount)

    ledger.troubles = ["AFTER"]

    assert drive(paying(pay), 5).result == 5
    assert len(asked) == 2


def test_when_nobody_could_tell_for_too_long_staff_are_asked_and_nothing_is_undone() -> None:
    ledger.troubles, ledger.blind = ["AFTER"], 10_000

    driven = drive(paying(impatient), 5)

    assert (driven.status, driven.waiting_for) == ("ACTIVE", ["INCIDENT"])
    assert Incident.objects.get(instance_id=driven.instance_id).kind == "OUTCOME_UNKNOWN"
    assert ledger.reversed == []

    ledger.blind = 0
    client.resume(instance_id=driven.instance_id, actor_id="ann", reason="the provider is back")
    assert go_on(driven.instance_id).result == 5
    assert len(ledger.calls) == 1


def test_after_staff_asked_once_more_not_knowing_for_too_long_is_an_incident_again() -> None:
    ledger.troubles, ledger.blind = ["AFTER"], 10_000
    driven = drive(paying(impatient), 5)
    client.resume(instance_id=driven.instance_id, actor_id="ann", reason="try again")

    again = go_on(driven.instance_id)

    assert again.waiting_for == ["INCIDENT"]
    assert [event.payload["kind"] for event in again.of("INCIDENT_OPENED")] == ["OUTCOME_UNKNOWN"] * 2


def test_a_definite_refusal_is_no_unknown_outcome_and_needs_no_look_up() -> None:
    ledger.troubles = ["REFUSE"]

    driven = drive(paying(reconciled), 5)

    assert (driven.status, driven.failure and driven.failure["type"]) == ("FAILED", "STEP_FAILED")
    assert outcomes(driven) == [(1, "REFUSED")]
    assert ledger.look_ups == []


def test_attempts_that_did_nothing_are_counted_and_end_with_the_policy() -> None:
    ledger.troubles = ["BEFORE"] * 50

    driven = drive(paying(reconciled), 5)

    assert (driven.status, driven.failure and driven.failure["type"]) == ("COMPENSATED", "STEP_FAILED")
    assert len(ledger.calls) == 3
    assert ledger.balance == 0


def test_a_deadline_that_passed_is_looked_up_too() -> None:
    driven = drive(paying(slow_reconciled), 5)

    assert driven.result == 5
    assert len(ledger.calls) == 1
    assert outcomes(driven) == [(1, "TIMED_OUT")]


def test_without_reconcile_an_unknown_outcome_is_repeated_under_its_key() -> None:
    driven = drive(paying(slow_repeated), 5)

    assert driven.result == 5
    assert ledger.calls == [f"{driven.instance_id}:pay#1:1"] * 2


def test_exhausted_while_unknown_is_an_incident_never_a_failure() -> None:
    def always_late(ctx: StepContext, *, amount: int) -> int:
        ledger.do(ctx.idempotency_key, amount)
        _skip(timedelta(seconds=11))
        return amount

    driven = drive(paying(step(name="pay", retry=THREE, timeout=LIMIT, undo=undo)(always_late)), 5)

    assert (driven.status, driven.waiting_for) == ("ACTIVE", ["INCIDENT"])
    assert [kind for _, kind in outcomes(driven)] == ["TIMED_OUT"] * 3
    assert ledger.reversed == []


def test_at_most_once_is_never_repeated_and_staff_decide() -> None:
    driven = drive(paying(slow_only_once), 5)

    assert driven.waiting_for == ["INCIDENT"]
    assert len(ledger.calls) == 1

    client.complete_step(
        instance_id=driven.instance_id, actor_id="ann", reason="it is in the ledger", step_key="pay#1", output=5
    )
    assert go_on(driven.instance_id).result == 5
    assert len(ledger.calls) == 1


def test_at_most_once_that_plainly_raised_is_repeated_as_its_policy_says() -> None:
    ledger.troubles = ["BEFORE"]

    assert drive(paying(only_once), 5).result == 5


def test_the_key_changes_only_after_a_definite_refusal() -> None:
    ledger.troubles = ["BEFORE", "REFUSE_RETRYABLE", "OK"]

    driven = drive(paying(repeated), 5)

    keys = [call.rsplit(":", 1)[1] for call in ledger.calls]
    assert (driven.result, keys) == (5, ["1", "1", "2"])


def test_a_refusal_that_may_not_be_repeated_is_final_at_once() -> None:
    ledger.troubles = ["REFUSE"]

    driven = drive(paying(repeated), 5)

    assert driven.status == "FAILED"
    assert len(ledger.calls) == 1


def test_an_edited_input_runs_under_a_new_key_and_only_where_the_old_one_is_known_to_have_done_nothing() -> None:
    asking = RetryPolicy(maximum_attempts=1, on_exhausted=OnExhausted.INCIDENT)

    @step(name="pay", retry=asking)
    def pay(ctx: StepContext, *, amount: int) -> int:
        return ledger.do(ctx.idempotency_key, amount)

    ledger.troubles = ["REFUSE"]
    driven = drive(paying(pay), 5)
    assert driven.waiting_for == ["INCIDENT"]

    client.retry_step(
        instance_id=driven.instance_id, actor_id="ann", reason="typing error", step_key="pay#1", input={"amount": 4}
    )
    after = go_on(driven.instance_id)

    assert after.result == 4
    assert ledger.calls[0] != ledger.calls[1]
    assert_replays(driven.instance_id)


def test_the_input_of_an_attempt_that_may_have_arrived_cannot_be_edited() -> None:
    driven = drive(paying(slow_only_once), 5)

    with pytest.raises(client.WorkflowError, match="may have taken effect"):
        client.retry_step(
            instance_id=driven.instance_id, actor_id="ann", reason="no", step_key="pay#1", input={"amount": 4}
        )


def test_attempts_stand_in_their_table_with_how_they_ended() -> None:
    ledger.troubles = ["AFTER"]
    driven = drive(paying(reconciled), 5)

    rows = list(StepExecution.objects.filter(instance_id=driven.instance_id).values_list("attempt", "status"))
    assert rows == [(1, "COMPLETED")]


def test_a_deliberate_failure_undoes_what_is_known_to_have_happened() -> None:
    @workflow(name="failing", timeout=None)
    def failing(run: Run, amount: int) -> None:
        try:
            run.step(reconciled, amount=amount)
        except StepFailed:
            raise
        raise ApplicationFailure("no", type="NO")

    ledger.troubles = ["AFTER"]
    driven = drive(failing, 5)

    assert (driven.status, ledger.balance) == ("COMPENSATED", 0)
