"""Settings are checked when read, documented, and read nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import AnswerSource, Settings, describe, example, load_env_file

ROOT = Path(__file__).parent.parent


def test_the_example_file_is_the_settings_own_text() -> None:
    assert (ROOT / ".env.example").read_text("utf-8") == example()


def test_every_setting_is_documented() -> None:
    assert all(name.isupper() and len(doc) > 10 for name, _, doc in describe())


def test_an_invalid_value_is_named_with_its_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAX_FILE_MB", "ten")

    with pytest.raises(SettingsError, match="MAX_FILE_MB='ten' is not valid"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("MAX_FILE_MB", "ten", "must be a whole number"),
        ("MAX_FILE_MB", "2.5", "must be a whole number"),
        ("DAILY_TOKENS_SERVER", "1e6", "must be a whole number"),
        ("MODEL_SLOTS", "two", "must be a whole number"),
        ("MODEL_TIMEOUT_S", "long", "must be a number"),
        ("MODEL_IDLE_S", "1,5", "must be a number"),
        ("MODEL_FIRST_WORDS_S", "x", "must be a number"),
        ("DAILY_TOKENS_ROLES", "moderators=5", "must name roles by their ids, .*"),
    ],
)
def test_an_error_says_what_a_setting_should_be(
    name: str, value: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=rf"is not valid: {problem}\.$"):
        Settings()


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_FILE_MB", "  ")

    assert Settings().max_file_mb == 10


def test_the_env_file_does_not_overrule_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("OPENAI_MODEL=from-file\nANSWERS=quotes\n")
    monkeypatch.setenv("OPENAI_MODEL", "from-environment")
    monkeypatch.setenv("ANSWERS", "")
    monkeypatch.delenv("ANSWERS")

    load_env_file(file)
    settings = Settings()
    monkeypatch.delenv("ANSWERS", raising=False)

    assert (settings.openai_model, settings.answers) == ("from-environment", "quotes")


@pytest.mark.parametrize(
    ("key", "url", "answers", "has_model"),
    [
        ("", "", "auto", False),
        ("k", "", "auto", True),
        ("", "http://127.0.0.1:1", "auto", True),
        ("k", "", "quotes", False),
    ],
)
def test_a_model_answers_where_one_is_set_and_wanted(
    key: str, url: str, answers: AnswerSource, has_model: bool
) -> None:
    settings = Settings(openai_api_key=key, openai_base_url=url, answers=answers)

    assert settings.has_model is has_model


def test_prices_and_limits_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_PRICES", "gpt-6-luna=0.10/0.50, org/model=0/0.0000001")
    monkeypatch.setenv("DAILY_COST_SERVER", "1.5")
    monkeypatch.setenv("DAILY_TOKENS_USER", "unlimited")
    monkeypatch.setenv("DAILY_TOKENS_ROLES", "12=50000,34=unlimited,56=0")

    settings = Settings()

    assert settings.model_prices == {"gpt-6-luna": (100_000, 500_000), "org/model": (0, 1)}
    assert (settings.daily_cost_server, settings.daily_tokens_user) == (1_500_000, None)
    assert settings.daily_tokens_roles == {12: 50_000, 34: None, 56: 0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_PRICES", "gpt-6-luna"),
        ("MODEL_PRICES", "gpt-6-luna=1"),
        ("MODEL_PRICES", "gpt-6-luna=a/b"),
        ("DAILY_COST_SERVER", "-1"),
        ("DAILY_COST_SERVER", "nan"),
        ("DAILY_TOKENS_SERVER", "-1"),
        ("DAILY_TOKENS_ROLES", "moderators=5"),
    ],
)
def test_a_price_or_limit_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name):
        Settings()
