"""Settings are checked when read, documented, and read nowhere else."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from bot.__main__ import main
from bot.env_example import example
from bot.env_file import name_problems
from bot.errors import SettingsError
from bot.settings import AnswerSource, Settings, describe, load_env_file
from bot.shards import Shards

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


def test_every_value_that_is_not_valid_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_PAGES", "many")
    monkeypatch.setenv("MODEL_SLOTS", "0")
    monkeypatch.setenv("FETCH_PROXY", "user:secret@proxy")

    with pytest.raises(SettingsError) as error:
        Settings()

    lines = error.value.message.splitlines()
    assert [line.split()[0].split("=")[0] for line in lines] == [
        "MODEL_SLOTS", "MAX_PAGES", "FETCH_PROXY",
    ]  # fmt: skip
    assert "secret" not in error.value.message


@pytest.mark.parametrize(
    "address", ["localhost:11434", "ftp://a", "http://", "http://a:99999", "x"]
)
def test_an_address_without_its_scheme_is_told(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(SettingsError, match="must be an address such as http://"):
        Settings()


# --- shards --------------------------------------------------------------------------------------


def test_a_process_has_the_shards_that_it_is_given() -> None:
    assert Settings(shard_count=None, shard_ids=()).shards == Shards(1, (0,))
    assert Settings(shard_count=3, shard_ids=()).shards == Shards(3, (0, 1, 2))
    assert Settings(shard_count=8, shard_ids=(2, 3)).shards == Shards(8, (2, 3))


@pytest.mark.parametrize(
    ("text", "ids"), [("", ()), ("3", (3,)), ("0-3, 8", (0, 1, 2, 3, 8)), ("2,0,2", (0, 2))]
)
def test_shards_are_numbers_and_ranges(
    monkeypatch: pytest.MonkeyPatch, text: str, ids: tuple[int, ...]
) -> None:
    monkeypatch.setenv("SHARD_COUNT", "16")
    monkeypatch.setenv("SHARD_IDS", text)
    assert Settings().shard_ids == ids


@pytest.mark.parametrize(
    ("count", "ids", "told"),
    [
        ("", "0", "SHARD_IDS is set without SHARD_COUNT"),
        ("4", "2-4", "SHARD_IDS has the shard 4, but with SHARD_COUNT=4 the last one is 3"),
        ("0", "", "SHARD_COUNT='0' is not valid: must be 1 or more"),
        ("70000", "", "must be 65536 or less"),
        ("two", "", "must be a whole number"),
        ("4", "a", "SHARD_IDS='a' is not valid: must be shards such as 0-3 or 0, 2"),
        ("4", "-1", "must be shards such as 0-3 or 0, 2"),
        ("4", "3-1", "must have its ranges in ascending order, such as 0-3"),
        ("4", "0-99999999", "must be 65535 or less"),
    ],
)
def test_shards_that_do_not_go_together_are_told(
    monkeypatch: pytest.MonkeyPatch, count: str, ids: str, told: str
) -> None:
    monkeypatch.setenv("SHARD_COUNT", count)
    monkeypatch.setenv("SHARD_IDS", ids)
    with pytest.raises(SettingsError) as error:
        Settings()
    assert told in error.value.message


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", ["DISCORD_TOKEN=ü".encode("latin-1"), "DISCORD_TOKEN=a".encode("utf-16"), b"A=1\0"]
)
def test_a_file_that_is_no_utf_8_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ".env").write_bytes(data)
    with pytest.raises(SettingsError, match=r"is not UTF-8 text \(line 1\)\. Save it as UTF-8"):
        load_env_file(tmp_path / ".env")


def test_a_byte_order_mark_is_no_part_of_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfOPENAI_MODEL=from-windows\r\n")
    monkeypatch.setenv("OPENAI_MODEL", "")
    monkeypatch.delenv("OPENAI_MODEL")
    load_env_file(tmp_path / ".env")
    settings = Settings()
    monkeypatch.delenv("OPENAI_MODEL")
    assert settings.openai_model == "from-windows"


def test_a_folder_called_env_is_no_file(tmp_path: Path) -> None:
    load_env_file(tmp_path)


KNOWN = [name for name, _, _ in describe()]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("DISCORD_TOKN=a", "DISCORD_TOKEN"),
        ("DISCORD_BOT_TOKEN=a", "DISCORD_TOKEN"),
        ("discord_token=a", "DISCORD_TOKEN"),
        ("export DISCORD_TOKENS=a", "DISCORD_TOKEN"),
        ("OPENAI_KEY=a", "OPENAI_API_KEY"),
        ("FOOTNOTE_LOG_LEVEL=debug", "LOG_LEVEL"),
        ("DAILY_TOKEN_SERVER=1", "DAILY_TOKENS_SERVER"),
    ],
)
def test_a_name_that_is_no_setting_is_told_with_the_nearest_that_is(line: str, meant: str) -> None:
    (problem,) = name_problems(line, {}, KNOWN)
    assert (problem.meant, problem.is_mistake) == (meant, True)
    assert f"Did you mean {meant}?" in problem.message


@pytest.mark.parametrize("line", ["DISCORD TOKEN=a", "DISCORD_TOKEN: a", "DISCORD_TOKEN"])
def test_a_line_that_sets_nothing_is_told(line: str) -> None:
    (problem,) = name_problems(f"# mine\n\n{line}\n", {}, KNOWN)
    assert (problem.message, problem.is_mistake) == (
        "Line 3 of .env is not NAME=value, so it has no effect.",
        True,
    )


def test_names_of_other_programs_are_no_mistakes() -> None:
    others = {"PATH": "a", "OPENAI_ORG_ID": "a", "DISCORD_WEBHOOK_URL": "a", "LOGNAME": "a"}
    assert name_problems("", others, KNOWN) == []
    (problem,) = name_problems("POSTGRES_PASSWORD=a\n", others, KNOWN)
    assert not problem.is_mistake
    near = name_problems("", {"DISCORD_TOKENS": "a", "FOOTNOTE_X": "a"}, KNOWN)
    assert [problem.meant for problem in near] == ["DISCORD_TOKEN", ""]


def test_a_mistyped_token_does_not_start_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISCORD_TOKN", "")
    monkeypatch.delenv("DISCORD_TOKN")  # from the file, and gone after the test
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("DISCORD_TOKN=abc\n")
    assert main(["run"]) == 1
    err = capsys.readouterr().err
    assert "Did you mean DISCORD_TOKEN?" in err
    assert "abc" not in err
    assert main(["list"]) == 0  # other commands say so, and work
    assert "Did you mean DISCORD_TOKEN?" in capsys.readouterr().err


# --- the data folder -----------------------------------------------------------------------------


def test_the_data_folder_is_the_platforms_unless_data_has_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    article = tmp_path / "mars.txt"
    article.write_text("Mars is cold. Mars is red and it has two moons and one mountain.", "utf-8")

    assert main(["list"]) == 0
    assert not (tmp_path / "share").exists()
    assert Settings().data_dir == platformdirs.user_data_path("footnote", appauthor=False)
    assert main(["--data", "data", "add", str(article)]) == 0
    capsys.readouterr()

    assert main(["list"]) == 0
    printed = capsys.readouterr()
    assert printed.err == (
        "Using the folder ./data, which has libraries. To use another, set DATA_DIR.\n"
    )
    assert "Mars is cold" in printed.out


def test_in_a_checkout_the_data_folder_is_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATA_DIR")
    monkeypatch.chdir(ROOT)
    assert Settings().data_dir == Path("data")
