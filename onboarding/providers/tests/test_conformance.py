"""The one suite that every call of every adapter passes: done, refused, or not known, and then found out."""

import pytest

from onboarding.providers.errors import KeyReused, ProviderError, ProviderTimeout, ProviderUnreachable
from onboarding.providers.http import HttpCoreBanking
from onboarding.providers.tests.conftest import CORRELATION_ID, TIMEOUT_SECONDS, Effect
from simulator.testing import SimulatorProcess
from workflow import Refused

KEY = "0190a5c0-7e1b-7c3e:create#0:g1"  # with characters that a path must escape
SHORT_SECONDS = 0.2


def times_done(simulator: SimulatorProcess, effect: Effect) -> int:
    return simulator.ledger(key=KEY).net.get(effect.kind, 0)


def test_the_same_key_again_gets_the_same_answer(simulator: SimulatorProcess, effect: Effect) -> None:
    assert effect.act(KEY, TIMEOUT_SECONDS) == effect.act(KEY, TIMEOUT_SECONDS)
    assert times_done(simulator, effect) == 1


def test_key_and_correlation_id_reach_the_provider(simulator: SimulatorProcess, effect: Effect) -> None:
    effect.act(KEY, TIMEOUT_SECONDS)
    (call,) = simulator.ledger(key=KEY).calls
    assert (call["operation"], call["correlationId"]) == (effect.operation, CORRELATION_ID)


def test_another_request_under_the_key_is_not_a_refusal(simulator: SimulatorProcess, effect: Effect) -> None:
    effect.act(KEY, TIMEOUT_SECONDS)
    with pytest.raises(KeyReused):
        effect.act_otherwise(KEY)
    assert times_done(simulator, effect) == 1


def test_a_definite_no_is_refused_and_stays_so(simulator: SimulatorProcess, effect: Effect) -> None:
    no = {"do": "refuse", "code": "NOT_TODAY", "message": "Not today.", "retryable": True}
    simulator.faults(effect.service, effect.operation, [no])
    for _ in range(2):
        with pytest.raises(Refused, match=r"Not today\.") as refusal:
            effect.act(KEY, TIMEOUT_SECONDS)
        assert (refusal.value.code, refusal.value.retryable) == ("NOT_TODAY", True)
    assert effect.look_up(KEY) is None
    assert times_done(simulator, effect) == 0


def test_nothing_is_found_under_a_key_that_was_never_used(effect: Effect) -> None:
    assert effect.look_up(KEY) is None


def test_a_time_out_before_acting_is_repeated_under_its_key(simulator: SimulatorProcess, effect: Effect) -> None:
    simulator.faults(effect.service, effect.operation, ["timeout_before"])
    with pytest.raises(ProviderTimeout):
        effect.act(KEY, SHORT_SECONDS)
    simulator.wait_for(lambda world: world.ledger(key=KEY).has_answered(effect.operation))
    assert effect.look_up(KEY) is None
    effect.act(KEY, TIMEOUT_SECONDS)
    assert times_done(simulator, effect) == 1


def test_a_time_out_after_acting_is_found_by_look_up(simulator: SimulatorProcess, effect: Effect) -> None:
    simulator.faults(effect.service, effect.operation, ["timeout_after"])
    with pytest.raises(ProviderTimeout):
        effect.act(KEY, SHORT_SECONDS)
    simulator.wait_for(lambda world: world.ledger(key=KEY).has_answered(effect.operation))
    found = effect.look_up(KEY)
    assert found is not None
    assert effect.act(KEY, TIMEOUT_SECONDS) == found
    assert times_done(simulator, effect) == 1


def test_a_500_before_acting_is_not_known_and_found_to_be_nothing(simulator: SimulatorProcess, effect: Effect) -> None:
    simulator.faults(effect.service, effect.operation, ["error_before"])
    with pytest.raises(ProviderError) as error:
        effect.act(KEY, TIMEOUT_SECONDS)
    assert error.value.status == 500
    assert effect.look_up(KEY) is None
    assert times_done(simulator, effect) == 0


def test_a_500_after_acting_is_found_by_look_up(simulator: SimulatorProcess, effect: Effect) -> None:
    simulator.faults(effect.service, effect.operation, ["error_after"])
    with pytest.raises(ProviderError):
        effect.act(KEY, TIMEOUT_SECONDS)
    assert effect.look_up(KEY) is not None
    assert times_done(simulator, effect) == 1


def test_a_provider_that_is_down_is_unreachable(simulator: SimulatorProcess, effect: Effect) -> None:
    simulator.kill()
    try:
        with pytest.raises(ProviderUnreachable):
            effect.act(KEY, TIMEOUT_SECONDS)
        with pytest.raises(ProviderUnreachable):
            effect.look_up(KEY)
    finally:
        simulator.start_again()
    effect.act(KEY, TIMEOUT_SECONDS)
    assert times_done(simulator, effect) == 1


def test_a_question_that_is_refused_is_no_answer(simulator: SimulatorProcess, effect: Effect) -> None:
    simulator.faults(effect.service, "*", [{"do": "refuse", "status": 404, "code": "GONE_FISHING"}], repeat=2)
    with pytest.raises(ProviderError):
        effect.look_up(KEY)
    with pytest.raises(ProviderError):
        effect.close_key(KEY)


def test_no_time_left_means_no_call(simulator: SimulatorProcess, effect: Effect) -> None:
    with pytest.raises(ProviderTimeout):
        effect.act(KEY, 0.0)
    assert simulator.ledger(key=KEY).calls == []


def test_nothing_happens_under_a_closed_key(simulator: SimulatorProcess, effect: Effect) -> None:
    assert effect.close_key(KEY).happened is False
    with pytest.raises(Refused) as refusal:
        effect.act(KEY, TIMEOUT_SECONDS)
    assert refusal.value.code == "KEY_CLOSED"
    assert effect.look_up(KEY) is None
    assert times_done(simulator, effect) == 0


def test_a_call_still_on_its_way_finds_its_key_closed(simulator: SimulatorProcess, effect: Effect) -> None:
    simulator.faults(effect.service, effect.operation, [{"do": "slow", "seconds": 1}])
    with pytest.raises(ProviderTimeout):
        effect.act(KEY, SHORT_SECONDS)
    assert effect.close_key(KEY).happened is False
    simulator.wait_for(lambda world: world.ledger(key=KEY).has_answered(effect.operation))
    assert times_done(simulator, effect) == 0


def test_closing_a_key_names_what_had_happened(effect: Effect) -> None:
    effect.act(KEY, TIMEOUT_SECONDS)
    for _ in range(2):
        closed = effect.close_key(KEY)
        assert closed.happened
        assert closed.resource_id.startswith(f"{effect.kind.lower()}_")


def test_a_wrong_base_url_never_reads_as_nothing_happened(simulator: SimulatorProcess) -> None:
    bank = HttpCoreBanking(f"{simulator.url}/v2")
    with pytest.raises(ProviderError):
        bank.look_up_account(KEY, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    with pytest.raises(ProviderError):
        bank.close_account("account_1", key=KEY, correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
