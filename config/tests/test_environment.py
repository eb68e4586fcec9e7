"""Settings come from the environment, typed; a wrong word is refused by name, and no secret has a default."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import flag, given, integer, names, secret


def test_a_flag_takes_the_usual_words_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, meaning in {"1": True, "Yes": True, "off": False, "FALSE": False}.items():
        monkeypatch.setenv("SOME_FLAG", word)
        assert flag("SOME_FLAG", default=not meaning) is meaning


def test_a_flag_with_another_word_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FLAG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="SOME_FLAG is 'perhaps'"):
        flag("SOME_FLAG", default=False)


def test_a_number_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NUMBER", "many")
    with pytest.raises(ImproperlyConfigured, match="SOME_NUMBER is 'many'"):
        integer("SOME_NUMBER", 3)


def test_a_list_has_no_empty_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_HOSTS", "one.example, ,two.example,")
    assert names("SOME_HOSTS", "") == ["one.example", "two.example"]


def test_a_missing_secret_stops_the_process_unless_it_is_for_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_SECRET", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SOME_SECRET is not set"):
        secret("SOME_SECRET", development=False)
    assert "development" in secret("SOME_SECRET", development=True)


def test_only_what_the_environment_names_overrides_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_DAYS", "7")
    monkeypatch.delenv("SOME_SECONDS", raising=False)
    assert given({"SOME_DAYS": int, "SOME_SECONDS": float}) == {"SOME_DAYS": 7}
