"""The settings choose the adapters, and a wrong choice is told in a sentence."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from onboarding.providers import registry
from onboarding.providers.directories import DemoUserDirectory, NoUserDirectory
from onboarding.providers.errors import ProviderError
from onboarding.providers.http import HttpCoreBanking, HttpEkycProvider, HttpSmsSender, HttpUserDirectory
from onboarding.providers.ports import TextMessage, UserDirectory
from onboarding.providers.tests.conftest import CORRELATION_ID, TIMEOUT_SECONDS
from simulator.testing import SimulatorProcess

URL = "http://127.0.0.1:9"


class OurOwnSender:
    """An adapter that a project brings along."""

    def __init__(self, *, url: str, secret: str, headers: dict[str, str]) -> None:
        self.given = (url, secret, headers)


@pytest.mark.parametrize("adapter", ["http", "simulator"])
def test_each_port_has_its_adapter(adapter: str) -> None:
    entry = {"adapter": adapter, "url": URL, "secret": "s"}
    ports = ("sms", "ekyc", "core_banking", "user_directory")
    with override_settings(ONBOARDING_PROVIDERS=dict.fromkeys(ports, entry)):
        assert isinstance(registry.sms_sender(), HttpSmsSender)
        assert isinstance(registry.ekyc_provider(), HttpEkycProvider)
        assert isinstance(registry.core_banking(), HttpCoreBanking)
        assert isinstance(registry.user_directory(), HttpUserDirectory)
        assert registry.configuration_problems() == []


def test_one_configuration_is_one_adapter_and_a_changed_one_another() -> None:
    with override_settings(ONBOARDING_PROVIDERS={"sms": {"url": URL}}):
        first = registry.sms_sender()
        assert registry.sms_sender() is first
    with override_settings(ONBOARDING_PROVIDERS={"sms": {"url": URL, "headers": {"X-Tenant": "1"}}}):
        assert registry.sms_sender() is not first


def test_a_dotted_path_names_an_adapter_of_ones_own() -> None:
    path = f"{OurOwnSender.__module__}.{OurOwnSender.__name__}"
    entry = {"adapter": path, "url": URL, "secret": "s", "headers": {"X-Tenant": "1"}}
    with override_settings(ONBOARDING_PROVIDERS={"sms": entry}):
        sender = registry.sms_sender()
        assert isinstance(sender, OurOwnSender)
        assert sender.given == (URL, "s", {"X-Tenant": "1"})


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({}, "needs a url"),
        ({"url": "ftp://x"}, "needs a url"),
        ({"url": URL, "adapter": "pigeon"}, "no adapter 'pigeon'; known: http, simulator"),
        ({"url": URL, "adapter": "no.such.module"}, "does not import"),
        ({"url": URL, "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_choice_is_told(entry: dict[str, str], sentence: str) -> None:
    with override_settings(ONBOARDING_PROVIDERS={"core_banking": entry}):
        with pytest.raises(ImproperlyConfigured, match=sentence):
            registry.core_banking()
        assert any(sentence in problem for problem in registry.configuration_problems())


def test_identity_checks_need_the_secret_of_their_webhooks() -> None:
    with (
        override_settings(ONBOARDING_PROVIDERS={"ekyc": {"url": URL}}),
        pytest.raises(ImproperlyConfigured, match="signs its webhooks"),
    ):
        registry.ekyc_provider()


def test_secret_and_headers_travel_with_each_request(simulator: SimulatorProcess) -> None:
    sender = HttpSmsSender(simulator.url, secret="token", headers={"X-Tenant": "1"})
    assert sender._transport._headers["Authorization"] == "Bearer token"
    message = TextMessage(reference="r", to="+14155550123", text="hello")
    sender.send(message, key="k", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    assert [sms["text"] for sms in simulator.sms("+14155550123")] == ["hello"]


def test_no_text_nor_name_shows_when_a_request_is_printed() -> None:
    message = TextMessage(reference="r", to="+14155550123", text="Your code is 123456")
    assert "123456" not in repr(message)
    assert "+1415" not in repr(message)


@pytest.mark.parametrize("kind", ["demo", "http"])
def test_a_directory_knows_its_user_and_nobody_else(simulator: SimulatorProcess, kind: str) -> None:
    directory: UserDirectory = DemoUserDirectory() if kind == "demo" else HttpUserDirectory(simulator.url)
    known = directory.find_phone_number("user123", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    unknown = directory.find_phone_number("no/body", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS)
    assert (known, unknown) == ("+14155550123", None)


def test_a_directory_that_fails_does_not_know_nobody(simulator: SimulatorProcess) -> None:
    simulator.faults("directory", "users.get", ["error_before", "refuse"])
    for _ in range(2):
        with pytest.raises(ProviderError):
            HttpUserDirectory(simulator.url).find_phone_number(
                "user123", correlation_id=CORRELATION_ID, timeout=TIMEOUT_SECONDS
            )


@override_settings(ONBOARDING_PROVIDERS={})
def test_without_a_directory_nobody_is_known() -> None:
    assert isinstance(registry.user_directory(), NoUserDirectory)
    assert registry.user_directory().find_phone_number("user123", correlation_id="", timeout=1) is None
